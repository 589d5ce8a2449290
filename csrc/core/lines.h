// Lines: runs of elements moved from one dtype and stride to another, compiled once at baseline.
#pragma once

#include "core/view.h"

namespace gm {

/// Copies n elements, converting as C does (float to integer truncates, out of range is
/// unspecified but harmless; anything to bool is `!= 0`, bool as well). Strides count elements.
struct LineSpec {
  const char* source;
  int64_t source_stride;
  DType source_dtype;
  char* target;
  int64_t target_stride;
  DType target_dtype;
};
void copy_line(const LineSpec& line, int64_t n);

/// IEEE half and bfloat16, to nearest even; NaN stays NaN.
float to_float(Half half);
float to_float(BFloat bfloat);
Half to_half(float value);
BFloat to_bfloat(float value);

}  // namespace gm
