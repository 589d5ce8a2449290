// What normalisation along rows and over batches share: sums of a line, and walking it.
#pragma once

#include "isa/parallel.h"
#include "isa/row.h"
#include "isa/simd.h"
#include "kernels/norm.h"

namespace gm::GM_ISA {
namespace {

/// Elements added in one go by vector lanes; longer runs add such blocks in double, in order.
constexpr int64_t kBlock = 4096;

/// Two sums over i < n of what term(i, lanes) gives as a pair of vectors, by four chains each.
template <class T>
struct Terms {
  Vec<T> first, second;
};
struct Sums {
  double first = 0, second = 0;
};

template <class T, class Term>
GM_INLINE Sums sum_pairs(int64_t n, const Term& term) {
  constexpr int N = Vec<T>::N;
  Sums sums;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = begin + kBlock < n ? begin + kBlock : n;
    Vec<T> first[4] = {Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0))};
    Vec<T> second[4] = {Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0))};
    int64_t i = begin;
    for (; i + 4 * N <= end; i += 4 * N) {
#pragma GCC unroll 4
      for (int u = 0; u < 4; ++u) {
        const Terms<T> p = term(i + u * N, N);
        first[u] += p.first;
        second[u] += p.second;
      }
    }
    for (; i + N <= end; i += N) {
      const Terms<T> p = term(i, N);
      first[0] += p.first;
      second[0] += p.second;
    }
    if (i < end) {
      const Terms<T> p = term(i, static_cast<int>(end - i));
      first[1] += p.first;
      second[1] += p.second;
    }
    sums.first += double(sum((first[0] + first[1]) + (first[2] + first[3])));
    sums.second += double(sum((second[0] + second[1]) + (second[2] + second[3])));
  }
  return sums;
}

template <class T>
GM_INLINE Vec<T> take(const T* p, int n) {
  return n == Vec<T>::N ? Vec<T>::load(p) : Vec<T>::load(p, n);
}
template <class T>
GM_INLINE void put(Vec<T> v, T* p, int n) {
  if (n == Vec<T>::N)
    v.store(p);
  else
    v.store(p, n);
}

/// Lanes from n on are zero.
template <class T>
GM_INLINE Vec<T> only(Vec<T> v, int n) {
  return n == Vec<T>::N ? v : keep(first_lanes<T>(n), v);
}

/// One such sum over i in [begin, end), at most a block, but for its lanes.
template <class T, class Term>
GM_INLINE Vec<T> sum_block(int64_t begin, int64_t end, const Term& term) {
  constexpr int N = Vec<T>::N;
  Vec<T> s[4] = {Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0)), Vec<T>(T(0))};
  int64_t i = begin;
  for (; i + 4 * N <= end; i += 4 * N) {
#pragma GCC unroll 4
    for (int u = 0; u < 4; ++u) s[u] += term(i + u * N, N);
  }
  for (; i + N <= end; i += N) s[0] += term(i, N);
  if (i < end) s[1] += term(i, static_cast<int>(end - i));
  return (s[0] + s[1]) + (s[2] + s[3]);
}
template <class T, class Term>
GM_INLINE double sum_terms(int64_t n, const Term& term) {
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock)
    total += double(sum(sum_block<T>(begin, begin + kBlock < n ? begin + kBlock : n, term)));
  return total;
}

/// Σ x[i]; where `next` is given, as many elements are fetched from there on.
template <class T>
double sum_of(const T* x, int64_t n, int64_t next = 0) {
  return sum_terms<T>(n, [&](int64_t i, int k) {
    if (next) prefetch(x + i + next);
    return take(x + i, k);
  });
}

/// Σ (x[i] - mean)², fetching likewise: while the row itself is near (layer_norm 0.95 of the time,
/// compared with fetching as it is normed).
template <class T>
double squares_about(const T* x, int64_t n, T mean, int64_t next = 0) {
  const Vec<T> m(mean);
  return sum_terms<T>(n, [&](int64_t i, int k) {
    if (next) prefetch(x + i + next);
    const Vec<T> d = only(take(x + i, k) - m, k);
    return d * d;
  });
}

inline double reciprocal_root(double x) {
  const Vec<double> root = sqrt(Vec<double>(x));
  return 1.0 / root[0];
}
/// 1/√(squares/n + eps) of many, in double like that of one.
GM_INLINE Vec<float> reciprocal_roots(Vec<float> squares, double n, double eps) {
  const Wide wide = widen(squares);
  return narrow(1.0 / sqrt(wide.lo / n + eps), 1.0 / sqrt(wide.hi / n + eps));
}

/// body(i, lanes) over [0, n).
template <class T, class Body>
GM_INLINE void each_vector(int64_t n, const Body& body) {
  constexpr int N = Vec<T>::N;
  int64_t i = 0;
  for (; i + N <= n; i += N) body(i, N);
  if (i < n) body(i, static_cast<int>(n - i));
}

}  // namespace
}  // namespace gm::GM_ISA
