// Lanes of two registers dealt out and joined: what stride 2 needs.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

template <class T, int... I>
GM_INLINE Vec<T> even_lanes(Vec<T> a, Vec<T> b, Lanes<I...>) {
  return {__builtin_shufflevector(a.v, b.v, (2 * I)...)};
}
template <class T, int... I>
GM_INLINE Vec<T> odd_lanes(Vec<T> a, Vec<T> b, Lanes<I...>) {
  return {__builtin_shufflevector(a.v, b.v, (2 * I + 1)...)};
}
template <int From, class T, int... I>
GM_INLINE Vec<T> zip(Vec<T> a, Vec<T> b, Lanes<I...>) {
  return {__builtin_shufflevector(a.v, b.v, (From + I / 2 + I % 2 * Vec<T>::N)...)};
}
template <class T, int... I>
GM_INLINE Vec<T> lanes_before(Vec<T> a, Vec<T> b, Lanes<I...>) {
  return {__builtin_shufflevector(a.v, b.v, (Vec<T>::N - 1 + I)...)};
}

/// The even lanes of a, then those of b; and the odd ones.
template <class T>
GM_INLINE Vec<T> even_lanes(Vec<T> a, Vec<T> b) {
  return even_lanes(a, b, LanesOf<T>{});
}
template <class T>
GM_INLINE Vec<T> odd_lanes(Vec<T> a, Vec<T> b) {
  return odd_lanes(a, b, LanesOf<T>{});
}
/// a0 b0 a1 b1 … of the lower halves of both; and of the upper ones.
template <class T>
GM_INLINE Vec<T> zip_low(Vec<T> a, Vec<T> b) {
  return zip<0>(a, b, LanesOf<T>{});
}
template <class T>
GM_INLINE Vec<T> zip_high(Vec<T> a, Vec<T> b) {
  return zip<Vec<T>::N / 2>(a, b, LanesOf<T>{});
}

/// b moved up by a lane, and the last one of a below.
template <class T>
GM_INLINE Vec<T> lanes_before(Vec<T> a, Vec<T> b) {
  return lanes_before(a, b, LanesOf<T>{});
}

}  // namespace
}  // namespace gm::GM_ISA
