// Rows of a table by index, the gradient of that, and indices as one-hot rows.
//
// Indices are integers of any shape and width, each in [0, rows): an index outside raises an
// IndexError that names it and its position before anything is written.
#pragma once

#include "core/array.h"

namespace gm::ops {

/// weight (rows, width), indices (…): (…, width), of any dtype.
Array embedding(const Array& weight, const Array& indices);

/// Gradient of the weight: (rows, width). Row `padding` stays zero (-1: no such row); `mean`
/// divides each row by how often it was looked up. 16-bit floats give a float32 gradient.
Array embedding_backward(const Array& grad, const Array& indices, int64_t rows, int64_t padding,
                         bool mean);

/// Scales the rows that indices name to a p-norm of at most `most`, in place.
void embedding_renorm(const Array& weight, const Array& indices, double most, double p);

/// int64 (…, classes) with a 1 at each index; classes -1 stands for the largest index plus 1.
Array one_hot(const Array& indices, int64_t classes);

}  // namespace gm::ops
