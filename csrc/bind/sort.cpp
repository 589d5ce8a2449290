#include "ops/sort.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

// Names of Python's own, which outlive the call.
std::tuple<Array, Array> sort(const char* op, const Array& x, int axis, int64_t count,
                              bool descending) {
  return ops::sort(lasting(op), x, axis, count, descending);
}

}  // namespace

PyMethodDef sort_methods[] = {
    def<sort, "sort(op, input, dim, k, descending)">(),
    {},
};

}  // namespace gm::bind
