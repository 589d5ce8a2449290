// Sorting: the first elements of each row in order, and where they were.
#pragma once

#include "kernels/table.h"

namespace gm {

/// The first `count` elements of each row in order. Equal elements keep their order; NaN comes
/// last, or first where the order descends. All row-major.
struct SortArgs {
  const char* in;    ///< (rows, size)
  DType dtype;       ///< of 4 or 8 bytes
  char* values;      ///< (rows, count)
  int64_t* indices;  ///< (rows, count)
  int64_t rows, size, count;
  bool descending;
  char* room;  ///< sort_room(args) bytes for each piece of rows
  int64_t pieces;
};

/// Up to so many elements are kept sorted, each new one put in its place; more are gathered, and
/// the worse ones dropped now and then.
inline constexpr int64_t kSortFew = 16;

/// How many candidates there is room for.
inline int64_t sort_candidates(const SortArgs& args) {
  const int64_t gathered = 4 * args.count < 256 ? 256 : 4 * args.count;
  return args.count <= kSortFew ? kSortFew : gathered < args.size ? gathered : args.size;
}
/// Two buffers of candidates: an element's rank and index take twice its bytes.
inline int64_t sort_room(const SortArgs& args) {
  return 2 * sort_candidates(args) * 2 * int64_t(itemsize(args.dtype));
}

struct SortKernels {
  /// Rows of 4-byte elements have less than 2³² of them.
  void (*order)(const SortArgs& args);
};

/// Compiled once, floats too: ranks are integers.
GM_INTEGER_KERNEL_TABLE(SortKernels, sort_integer)

}  // namespace gm
