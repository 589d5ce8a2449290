#include "ops/pool.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef pool_methods[] = {
    def<ops::max_pool1d,
        "max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, notes)">(),
    def<ops::max_pool2d,
        "max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, notes)">(),
    def<ops::adaptive_max_pool1d, "adaptive_max_pool1d(input, output_size, return_indices)">(),
    def<ops::adaptive_max_pool2d, "adaptive_max_pool2d(input, output_size, return_indices)">(),
    def<ops::max_pool_gradient, "max_pool_gradient">(),
    def<ops::max_pool_window_gradient, "max_pool_window_gradient">(),
    def<ops::avg_pool1d,
        "avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)">(),
    def<ops::avg_pool2d,
        "avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, "
        "divisor_override)">(),
    def<ops::avg_pool1d_gradient, "avg_pool1d_gradient">(),
    def<ops::avg_pool2d_gradient, "avg_pool2d_gradient">(),
    def<ops::adaptive_avg_pool1d, "adaptive_avg_pool1d(input, output_size)">(),
    def<ops::adaptive_avg_pool2d, "adaptive_avg_pool2d(input, output_size)">(),
    def<ops::adaptive_avg_pool_gradient, "adaptive_avg_pool_gradient">(),
    {},
};

}  // namespace gm::bind
