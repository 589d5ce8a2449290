#include "ops/pool.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef pool_methods[] = {
    def<ops::max_pool1d, "max_pool1d">(),
    def<ops::max_pool2d, "max_pool2d">(),
    def<ops::adaptive_max_pool1d, "adaptive_max_pool1d">(),
    def<ops::adaptive_max_pool2d, "adaptive_max_pool2d">(),
    def<ops::max_pool_gradient, "max_pool_gradient">(),
    def<ops::avg_pool1d, "avg_pool1d">(),
    def<ops::avg_pool2d, "avg_pool2d">(),
    def<ops::avg_pool1d_gradient, "avg_pool1d_gradient">(),
    def<ops::avg_pool2d_gradient, "avg_pool2d_gradient">(),
    def<ops::adaptive_avg_pool1d, "adaptive_avg_pool1d">(),
    def<ops::adaptive_avg_pool2d, "adaptive_avg_pool2d">(),
    def<ops::adaptive_avg_pool_gradient, "adaptive_avg_pool_gradient">(),
    {},
};

}  // namespace gm::bind
