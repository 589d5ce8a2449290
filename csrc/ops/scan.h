// Scans along one axis. Results have x's shape; float16 and bfloat16 are computed in float32.
#pragma once

#include <optional>
#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// Running sums, from the end where `reverse`. Integers and bool give int64 (uint64 itself), unless
/// `dtype` says otherwise.
Array cumsum(const Array& x, int axis, bool reverse, const std::optional<DType>& dtype);
Array cumprod(const Array& x, int axis, const std::optional<DType>& dtype);
/// (values, int64 indices). NaN wins; of equals the last.
std::tuple<Array, Array> cummax(const Array& x, int axis);
std::tuple<Array, Array> cummin(const Array& x, int axis);

/// x[1:] - x[:-1] along the axis; != for bool.
Array diff(const Array& x, int axis);
/// The gradient of diff for a result g: one longer along the axis.
Array diff_backward(const Array& g, int axis);

/// The gradient of cumprod at x; right where x has zeros.
Array cumprod_backward(const Array& g, const Array& x, int axis);
/// The gradient of cummax and cummin: g summed at the indices along the axis.
Array cumulative_index_backward(const Array& g, const Array& index, int axis);

}  // namespace gm::ops
