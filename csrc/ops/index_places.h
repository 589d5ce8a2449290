// What getitem, take and their kin share: places named by index arrays, and rows moved there.
#pragma once

#include <vector>

#include "kernels/index.h"
#include "ops/operand.h"

namespace gm::ops {

/// Part of an array that is indexed by arrays: the dimensions outside the places as a view, and an
/// index for each dimension inside.
struct Selection {
  Array rest;             ///< the dimensions outside
  std::vector<Array> at;  ///< int64
  Shape sizes, strides;   ///< of the dimensions inside
  Shape axes;             ///< their numbers, for messages
  int position = 0;       ///< where in the result the places stand among the dimensions of `rest`
  bool advanced = false;  ///< whether there are places at all
};

/// x with rows of one axis named by `index`.
Selection select_rows(const char* op, const Array& x, int axis, const Array& index);

/// The places that a selection's arrays name, and the shape they broadcast to.
struct Places {
  Array offsets;                ///< int64, row-major
  int64_t size = 0, scale = 1;  ///< how kernels/index.h reads them
  Shape shape;
};
/// IndexError if an index is out of range. Indices that share memory with `x`, the array that `s`
/// selects from, are copied: a place must not change after it was checked.
Places find_places(const char* op, const Array& x, const Selection& s);

/// The dimensions outside with those of the places among them.
Shape result_shape(const Selection& s, const Places& places);

/// Moves or adds rows between the selection's places and `plain`, which is of the result's shape.
/// The places' dimensions of `plain` must be one run.
void run_rows(const char* op, const Selection& s, const Places& places, const Array& plain,
              Access access);

/// Whether `rank` dimensions from `first` on are visited in order by one stride.
bool one_run(const Array& a, int first, int rank);

/// IndexError unless every index is in [-size, size).
void check_range(const char* op, const Array& index, int axis, int64_t size);

/// An index as int64; TypeError if it is not of an integer dtype.
Array as_index(const char* op, const Array& index);

}  // namespace gm::ops
