// Reductions over axes. `axes` counts from either end; absent means all of them, () none.
//
// float16 and bfloat16 are computed in float32.
#pragma once

#include <optional>
#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// Absent, or axes from either end.
using MaybeAxes = std::optional<Shape>;

/// Integers and bool give int64 (uint64 gives uint64), unless `dtype` says otherwise.
Array sum(const Array& x, const MaybeAxes& axes, bool keepdims, const std::optional<DType>& dtype);
Array prod(const Array& x, const MaybeAxes& axes, bool keepdims, const std::optional<DType>& dtype);
/// Integers and bool give float32.
Array mean(const Array& x, const MaybeAxes& axes, bool keepdims, const std::optional<DType>& dtype);
/// (variance or its root, mean), both divided by n - correction and n.
std::tuple<Array, Array> var_mean(const Array& x, const MaybeAxes& axes, double correction,
                                  bool keepdims, bool root);
/// NaN wins. ValueError where nothing is left to choose from.
Array max(const Array& x, const MaybeAxes& axes, bool keepdims);
Array min(const Array& x, const MaybeAxes& axes, bool keepdims);
/// (values, int64 indices): the first of equals, the first NaN. Without an axis, of all elements.
std::tuple<Array, Array> max_index(const char* op, const Array& x, const std::optional<int>& axis,
                                   bool keepdims);
std::tuple<Array, Array> min_index(const char* op, const Array& x, const std::optional<int>& axis,
                                   bool keepdims);
/// Truth of elements: not zero, NaN included.
Array any(const Array& x, const MaybeAxes& axes, bool keepdims);
Array all(const Array& x, const MaybeAxes& axes, bool keepdims);
Array count_nonzero(const Array& x, const MaybeAxes& axes, bool keepdims);
/// log Σ e^x, shifted by the largest x.
Array logsumexp(const Array& x, const MaybeAxes& axes, bool keepdims);
/// (Σ |x|^p)^(1/p); p may be ±infinity (largest, smallest |x|) and 0 (how many are not zero).
Array norm(const Array& x, double p, const MaybeAxes& axes, bool keepdims);

/// The opposite of broadcasting: `x` summed over the axes that `shape` lacks or has as 1, as dtype.
Array sum_to(const Array& x, const Shape& shape, DType dtype);

// ---- gradients: g has the result's shape, with or without the reduced axes ----------------------

/// g as a view of `shape`, the same along every reduced axis.
Array spread(const Array& g, const Shape& shape, const MaybeAxes& axes);
/// Zeros of `shape` but g at `index` along the axis.
Array index_backward(const Array& g, const Array& index, const Shape& shape,
                     const std::optional<int>& axis);
/// g shared evenly among the elements of x that equal y.
Array tied_backward(const Array& g, const Array& x, const Array& y, const MaybeAxes& axes);
Array prod_backward(const Array& g, const Array& x, const MaybeAxes& axes);
Array logsumexp_backward(const Array& g, const Array& x, const Array& y, const MaybeAxes& axes);
Array norm_backward(const Array& g, const Array& x, const Array& y, double p,
                    const MaybeAxes& axes);

}  // namespace gm::ops
