#include "ops/norm.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

ops::NormResult group_norm(const Array& x, int64_t groups, const Array* weight, const Array* bias,
                           double eps, const char* op) {
  return ops::group_norm(x, groups, weight, bias, eps, lasting(op));
}

}  // namespace

PyMethodDef norm_methods[] = {
    def<ops::layer_norm, "layer_norm(input, normalized_shape, weight, bias, eps, centered)">(),
    def<ops::layer_norm_backward, "layer_norm_backward">(),
    def<group_norm, "group_norm(input, num_groups, weight, bias, eps, op)">(),
    def<ops::group_norm_backward, "group_norm_backward">(),
    def<ops::batch_norm,
        "batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)">(),
    def<ops::batch_norm_backward, "batch_norm_backward">(),
    {},
};

}  // namespace gm::bind
