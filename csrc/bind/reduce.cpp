#include "ops/reduce.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

Array argmax(const Array& x, const std::optional<int>& axis, bool keepdims) {
  return std::get<1>(ops::max_index("argmax", x, axis, keepdims));
}
Array argmin(const Array& x, const std::optional<int>& axis, bool keepdims) {
  return std::get<1>(ops::min_index("argmin", x, axis, keepdims));
}

using Indexed = std::tuple<Array, Array>;
Indexed max_index(const Array& x, const std::optional<int>& axis, bool keepdims) {
  return ops::max_index("max", x, axis, keepdims);
}
Indexed min_index(const Array& x, const std::optional<int>& axis, bool keepdims) {
  return ops::min_index("min", x, axis, keepdims);
}

}  // namespace

PyMethodDef reduce_methods[] = {
    def<ops::sum, "sum(x, axis, keepdims, dtype)">(),
    def<ops::prod, "prod(x, axis, keepdims, dtype)">(),
    def<ops::mean, "mean(x, axis, keepdims, dtype)">(),
    def<ops::var_mean, "var_mean(x, axis, correction, keepdims)">(),
    def<ops::max, "max(x, axis, keepdims)">(),
    def<ops::min, "min(x, axis, keepdims)">(),
    def<argmax, "argmax(x, axis, keepdims)">(),
    def<argmin, "argmin(x, axis, keepdims)">(),
    def<max_index, "max_index(x, dim, keepdim)">(),
    def<min_index, "min_index(x, dim, keepdim)">(),
    def<ops::any, "any(x, axis, keepdims)">(),
    def<ops::all, "all(x, axis, keepdims)">(),
    def<ops::count_nonzero, "count_nonzero(x, axis, keepdims)">(),
    def<ops::logsumexp, "logsumexp(input, dim, keepdim)">(),
    def<ops::norm, "norm(input, p, dim, keepdim)">(),
    def<ops::sum_to, "sum_to">(),
    def<ops::spread, "spread">(),
    def<ops::index_backward, "index_backward">(),
    def<ops::tied_backward, "tied_backward">(),
    def<ops::prod_backward, "prod_backward">(),
    def<ops::logsumexp_backward, "logsumexp_backward">(),
    def<ops::norm_backward, "norm_backward">(),
    {},
};

}  // namespace gm::bind
