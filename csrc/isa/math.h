// Vector mathematics, whole. Functions of Vec<float> and Vec<double> with C's names and, but where
// noted, C's special cases; errors in ulp stand at each definition.
//
//   math/exp.h     exp exp2 expm1 sigmoid sinh cosh
//   math/tanh.h    tanh; gate_tanh gate_sigmoid (float)
//   math/log.h     log log2 log10 log1p asinh acosh atanh
//   math/trig.h    sin cos tan asin acos atan atan2; sin_cos_turns
//   math/erf.h     erf erfc
//   math/pow.h     pow
//   math/divide.h  reciprocal rsqrt hypot fmod
//   math/modulo.h  remainder floor_divide (Python's)
#pragma once

#include "isa/math/divide.h"
#include "isa/math/erf.h"
#include "isa/math/exp.h"
#include "isa/math/log.h"
#include "isa/math/modulo.h"
#include "isa/math/pow.h"
#include "isa/math/tanh.h"
#include "isa/math/trig.h"
