// The exponentials of a softmax over one row, shared by softmax and the losses.
#pragma once

#include "isa/math/exp.h"
#include "isa/math/log.h"
#include "isa/row.h"

namespace gm::GM_ISA {
namespace {

/// Σ e^(x - m), but for joining the lanes. Fetches the next row of p, and `later`, which the caller
/// writes from this row on.
template <class T>
GM_INLINE Vec<T> row_sum_exp(const T* p, int64_t n, T m, const T* later) {
  const Vec<T> shift(m);
  const int64_t next = ahead(n);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(p + i, lanes) - shift);
    prefetch(p + i + next);
    prefetch(later + i);
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}
/// The same, and out = e^(x - m); Padded: out has room for whole vectors, whose stores a load that
/// follows need not wait for.
template <bool Padded, class T>
GM_INLINE Vec<T> row_exp(const T* p, T* out, int64_t n, T m) {
  const Vec<T> shift(m);
  const int64_t next = ahead(n);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(p + i, lanes) - shift);
    store_lanes(e, out + i, Padded ? Vec<T>::N : lanes);
    if (!Padded) {
      prefetch(p + i + next);
      prefetch(out + i + next);
    }
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
