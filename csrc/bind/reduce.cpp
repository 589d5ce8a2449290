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
    def<ops::sum, "sum">(),
    def<ops::prod, "prod">(),
    def<ops::mean, "mean">(),
    def<ops::var_mean, "var_mean">(),
    def<ops::max, "max">(),
    def<ops::min, "min">(),
    def<argmax, "argmax">(),
    def<argmin, "argmin">(),
    def<max_index, "max_index">(),
    def<min_index, "min_index">(),
    def<ops::any, "any">(),
    def<ops::all, "all">(),
    def<ops::count_nonzero, "count_nonzero">(),
    def<ops::logsumexp, "logsumexp">(),
    def<ops::norm, "norm">(),
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
