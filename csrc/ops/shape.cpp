#include "ops/shape.h"

#include <utility>

#include "core/error.h"

namespace gm::ops {

Array reshape(const Array& a, const Shape& shape) { return a.reshape("reshape", shape); }
Array permute(const Array& a, const Shape& axes) { return a.permute("permute", axes); }
Array broadcast_to(const Array& a, const Shape& shape) {
  return a.broadcast_to("broadcast_to", shape);
}

Array transpose(const Array& a, const std::optional<int>& first, const std::optional<int>& second) {
  const int rank = a.rank();
  check(first.has_value() == second.has_value(), "transpose: takes both axes or none");
  check(first || rank >= 2, "transpose: an array of ", rank, " dimensions has no last two");
  const int i = normalize_axis("transpose", first.value_or(-2), rank);
  const int j = normalize_axis("transpose", second.value_or(-1), rank);
  Shape axes;
  for (int d = 0; d < rank; ++d) axes.push_back(d == i ? j : d == j ? i : d);
  return a.permute("transpose", axes);
}

bool shares(const Array& a, const Array& b) { return a.storage().get() == b.storage().get(); }

}  // namespace gm::ops
