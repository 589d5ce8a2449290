// Indexing as NumPy does it, and gather, scatter and their kin.
//
// Indices are integers of any width; negative ones count from the end. An index out of range is an
// IndexError that names it, the axis and its size, before anything is written.
#pragma once

#include <optional>
#include <vector>

#include "ops/operand.h"

namespace gm::ops {

/// One item of an index expression x[…, 1:3, 4, None, array].
struct IndexItem {
  enum class Kind : uint8_t { Int, Slice, NewAxis, Ellipsis, Array, Truth };
  Kind kind;
  /// Of a slice, an absent end being the largest or least int64; `start` is also the int, the
  /// truth, or which of the arrays.
  int64_t start, stop, step;
};

/// A parsed index expression.
struct IndexKey {
  static constexpr int kMost = 2 * kMaxRank + 1;
  int count = 0;
  IndexItem items[kMost];
  std::vector<Array> arrays;  ///< integer or bool
};

/// x[key]: a view if there are no arrays in the key, else a copy.
Array getitem(const Array& x, const IndexKey& key);
/// x[key] = value, cast and broadcast. Of elements named twice the last value stays.
void setitem(const Array& x, const IndexKey& key, const Operand& value);
/// The gradient of getitem: zeros of `shape` to which g is added at `key`.
Array getitem_backward(const Array& g, const Shape& shape, const IndexKey& key);

/// Rows of an axis by a 1-d index (with `any_rank`, of any shape, which takes the axis' place).
Array take(const char* op, const Array& x, const Array& index, int axis, bool any_rank);
/// x with source (times alpha) added to, or written over, rows of an axis by a 1-d index. In place
/// where `in_place`.
Array index_put(const char* op, const Array& x, int axis, const Array& index, const Operand& source,
                bool add, bool in_place);

/// out[…, k, …] = x[…, index[…, k, …], …]. The index has x's rank and is nowhere larger but along
/// the axis.
Array gather(const Array& x, int axis, const Array& index);
/// x[…, index[…, k, …], …] = or += source[…, k, …]; source is an array at least as large as the
/// index, or a scalar. In place where `in_place`.
Array scatter(const char* op, const Array& x, int axis, const Array& index, const Operand& source,
              bool add, bool in_place);

/// int64 (count, rank), or (rank, count) `by_axis`: the index of each element that is not 0.
Array nonzero(const Array& x, bool by_axis);
/// The elements of x where the mask, which broadcasts with it, is true.
Array masked_select(const Array& x, const Array& mask);

}  // namespace gm::ops
