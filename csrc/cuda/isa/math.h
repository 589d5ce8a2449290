// isa/math.h for CUDA: its own functions, whose errors its documentation states (2 ulp at most in
// float, 2 in double for those used here, but for tgamma's kin, which are not).
#pragma once

#include "isa/math/base.h"
#include "isa/math/modulo.h"

namespace gm::GM_ISA {
namespace {

#define GM_FUNCTION_OF_ONE(name)    \
  template <class T>                \
  GM_INLINE Vec<T> name(Vec<T> x) { \
    return {T(::name(x.v))};        \
  }
GM_FUNCTION_OF_ONE(exp)
GM_FUNCTION_OF_ONE(exp2)
GM_FUNCTION_OF_ONE(expm1)
GM_FUNCTION_OF_ONE(log)
GM_FUNCTION_OF_ONE(log2)
GM_FUNCTION_OF_ONE(log10)
GM_FUNCTION_OF_ONE(log1p)
GM_FUNCTION_OF_ONE(sin)
GM_FUNCTION_OF_ONE(cos)
GM_FUNCTION_OF_ONE(tan)
GM_FUNCTION_OF_ONE(asin)
GM_FUNCTION_OF_ONE(acos)
GM_FUNCTION_OF_ONE(atan)
GM_FUNCTION_OF_ONE(sinh)
GM_FUNCTION_OF_ONE(cosh)
GM_FUNCTION_OF_ONE(tanh)
GM_FUNCTION_OF_ONE(asinh)
GM_FUNCTION_OF_ONE(acosh)
GM_FUNCTION_OF_ONE(atanh)
GM_FUNCTION_OF_ONE(erf)
GM_FUNCTION_OF_ONE(erfc)
GM_FUNCTION_OF_ONE(rsqrt)
#undef GM_FUNCTION_OF_ONE

template <class T>
GM_INLINE Vec<T> quick_sqrt(Vec<T> x) {
  return sqrt(x);
}
template <class T>
GM_INLINE Vec<T> reciprocal(Vec<T> x) {
  return {T(1) / x.v};
}
template <class T>
GM_INLINE Vec<T> sigmoid(Vec<T> x) {
  return {T(1) / (T(1) + T(::exp(-x.v)))};
}
template <class T>
GM_INLINE Vec<T> half_denominator(Vec<T> x) {
  return {T(0.5) + T(0.5) * T(::exp(-x.v))};
}
template <class T>
GM_INLINE Vec<T> half_denominator2(Vec<T> z) {
  return {T(0.5) + T(0.5) * T(::exp2(z.v))};
}
template <class T>
GM_INLINE Vec<T> pow(Vec<T> x, Vec<T> y) {
  return {T(::pow(x.v, y.v))};
}
template <class T>
GM_INLINE Vec<T> atan2(Vec<T> y, Vec<T> x) {
  return {T(::atan2(y.v, x.v))};
}
template <class T>
GM_INLINE Vec<T> hypot(Vec<T> x, Vec<T> y) {
  return {T(::hypot(x.v, y.v))};
}
template <class T>
GM_INLINE Vec<T> fmod(Vec<T> x, Vec<T> y) {
  return {T(::fmod(x.v, y.v))};
}

}  // namespace
}  // namespace gm::GM_ISA
