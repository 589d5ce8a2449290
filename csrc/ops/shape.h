// Views in another shape. A result shares memory with its argument wherever strides allow it.
#pragma once

#include <optional>

#include "core/array.h"

namespace gm::ops {

/// One size may be -1. A copy only where no strides visit the elements in order.
Array reshape(const Array& a, const Shape& shape);
Array permute(const Array& a, const Shape& axes);
Array broadcast_to(const Array& a, const Shape& shape);
/// Swaps two axes; without them, the last two.
Array transpose(const Array& a, const std::optional<int>& first, const std::optional<int>& second);
/// Whether two arrays have one storage.
bool shares(const Array& a, const Array& b);

}  // namespace gm::ops
