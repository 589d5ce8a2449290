// The inner loops of elementwise operations: one vector operation applied along one line.
//
// An operation is a struct with a call operator on one to four Vec<T>, giving a Vec<T> or, for
// comparisons, a Mask<T>; its data members are its parameters. core/map.h walks the lines.
#pragma once

#include "core/map.h"
#include "isa/half.h"
#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

/// What an operation gives is stored as: Vec<T> as T, Mask<T> as bool bytes.
template <class R>
struct Result;
template <class T>
struct Result<Vec<T>> {
  using Lane = T;
  static constexpr bool truth = false;
};
template <class T>
struct Result<Mask<T>> {
  using Lane = uint8_t;
  static constexpr bool truth = true;
};

template <class T>
GM_INLINE void put(Vec<T> result, T* out) {
  result.store(out);
}
template <class T>
GM_INLINE void put(Vec<T> result, T* out, int n) {
  result.store(out, n);
}
template <class T>
GM_INLINE void put(Mask<T> result, uint8_t* out) {
  store_bool(result, out, Vec<T>::N);
}
template <class T>
GM_INLINE void put(Mask<T> result, uint8_t* out, int n) {
  store_bool(result, out, n);
}

/// Bytes between what a long operation works on and what it fetches.
constexpr int64_t kFetchAhead = 4096;

/// An operand of a line: consecutive elements, one element for all of them, or what is known only
/// as the line is run.
template <class T>
struct Each {
  const T* p;
  GM_INLINE Vec<T> at(int64_t i) const { return Vec<T>::load(p + i); }
  GM_INLINE void fetch(int64_t i) const {
    __builtin_prefetch(reinterpret_cast<const char*>(p + i) + kFetchAhead);
  }
  GM_INLINE Vec<T> at(int64_t i, int n) const { return Vec<T>::load(p + i, n); }
};
template <class T>
struct Same {
  Vec<T> value;
  GM_INLINE Vec<T> at(int64_t) const { return value; }
};
template <class T>
struct Either {
  const T* p;  // to a vector of equal elements if step is 0
  int64_t step = 1;
  GM_INLINE Vec<T> at(int64_t i) const { return Vec<T>::load(p + i * step); }
  GM_INLINE void fetch(int64_t i) const {
    __builtin_prefetch(reinterpret_cast<const char*>(p + i * step) + kFetchAhead);
  }
  GM_INLINE Vec<T> at(int64_t i, int n) const { return Vec<T>::load(p + i * step, n); }
};

/// Whole vectors; returns where the tail begins.
template <class T, class Op, class Out, class... In>
GM_INLINE int64_t whole_vectors(const Op& op, Out* out, int64_t n, In... in) {
  constexpr int N = Vec<T>::N;
  int64_t i = 0;
  for (; i + N <= n; i += N) put(op(in.at(i)...), out + i);
  return i;
}
template <class Op, class Out, class... In>
GM_INLINE void tail(const Op& op, Out* out, int64_t i, int64_t n, In... in) {
  const int rest = static_cast<int>(n - i);
  if (rest > 0) put(op(in.at(i, rest)...), out + i, rest);
}
/// All of a line with the operation compiled once: the tail is done by the same loop, in vectors
/// of its own. (Branches around loads and stores instead: gelu of 4 M took 1.15 times as long.)
/// What is read and written 4 KB later is fetched meanwhile: too few vectors are under way for that
/// by themselves (4 M, AVX2: tanh takes 0.87 of the time, gelu tanh 0.91, silu 0.96).
template <class T, class Op, class Out, class... In>
GM_INLINE void long_line(const Op& op, Out* out, int64_t n, In... in) {
  static_assert(sizeof(Out) == sizeof(T));
  constexpr int N = Vec<T>::N;
  const int rest = static_cast<int>(n % N);
  T staged[sizeof...(In)][N], last[N];
  int64_t whole = n - rest;
  for (T* to = out;; to = last, whole = N) {
    for (int64_t i = 0; i < whole; i += N) {
      (in.fetch(i), ...);
      __builtin_prefetch(reinterpret_cast<const char*>(to + i) + kFetchAhead, 1);
      put(op(in.at(i)...), to + i);
    }
    if (to == last || rest == 0) break;
    int k = 0;
    ((in.at(whole, rest).store(staged[k]), in.p = staged[k], ++k), ...);
  }
  if (rest != 0) Vec<T>::load(last).store(out + n - rest, rest);
}

/// How an operation is compiled: Short ones in a loop of their own for whole vectors, Long ones
/// as rarely as can be.
enum class Body { Short, Long };
/// Of an operation's picoseconds an element: an exponential is long.
constexpr Body body_of(int64_t picoseconds) { return picoseconds < 500 ? Body::Short : Body::Long; }

template <class T, Body body, class Op, class Out, class... In>
GM_INLINE void line(const Op& op, Out* out, int64_t n, In... in) {
  if constexpr (body == Body::Long)
    long_line<T>(op, out, n, in...);
  else
    tail(op, out, whole_vectors<T>(op, out, n, in...), n, in...);
}

/// Op on bool bytes (uint8_t lanes). What comes from outside may hold any byte but 0 for true: each
/// operand becomes 0 or 1 first.
template <class Op>
struct OnTruth {
  Op op;
  template <class... V>
    requires requires(const Op& o, V... v) { o(v...); }
  GM_INLINE auto operator()(V... v) const {
    return op(min(v, V(uint8_t(1)))...);
  }
};
template <class Op>
OnTruth(Op) -> OnTruth<Op>;  // implied in C++20, but not by Clang before 17

/// How many operands Op takes.
template <class Op, class T>
inline constexpr int arity = requires(const Op& op, Vec<T> v) { op(v); }         ? 1
                             : requires(const Op& op, Vec<T> v) { op(v, v); }    ? 2
                             : requires(const Op& op, Vec<T> v) { op(v, v, v); } ? 3
                                                                                 : 4;
template <class Op, class T>
auto apply_once(const Op& op, Vec<T> v) {
  if constexpr (arity<Op, T> == 1)
    return op(v);
  else if constexpr (arity<Op, T> == 2)
    return op(v, v);
  else if constexpr (arity<Op, T> == 3)
    return op(v, v, v);
  else
    return op(v, v, v, v);
}
template <class Op, class T>
using ResultOf = Result<decltype(apply_once(*static_cast<const Op*>(nullptr), Vec<T>{}))>;

/// The LineFn of an operation in lanes of T. One of two operands may be one element for the whole
/// line: it is kept in a register by a loop for whole vectors, a fifth faster where all lies in L1.
template <class T, class Op, Body body>
[[gnu::flatten]] void line_of(const void* parameters, char* result, const char* const* in,
                              const bool* same, int64_t n) {
  const Op op = *static_cast<const Op*>(parameters);
  auto* out = reinterpret_cast<typename ResultOf<Op, T>::Lane*>(result);
  const auto data = [&](int k) { return reinterpret_cast<const T*>(in[k]); };
  const auto each = [&](int k) { return Each<T>{data(k)}; };
  if constexpr (arity<Op, T> == 1) {
    line<T, body>(op, out, n, each(0));
  } else if constexpr (arity<Op, T> == 2) {
    Either<T> a{data(0)}, b{data(1)};
    T filled[Vec<T>::N];
    if (same[0] || same[1]) {
      Either<T>& one = same[0] ? a : b;
      Vec<T>(*one.p).store(filled);
      one = {filled, 0};
    }
    if constexpr (body == Body::Long) return long_line<T>(op, out, n, a, b);
    int64_t i;
    if (same[0])
      i = whole_vectors<T>(op, out, n, Same<T>{*data(0)}, each(1));
    else if (same[1])
      i = whole_vectors<T>(op, out, n, each(0), Same<T>{*data(1)});
    else
      i = whole_vectors<T>(op, out, n, each(0), each(1));
    tail(op, out, i, n, a, b);
  } else if constexpr (arity<Op, T> == 3) {
    line<T, body>(op, out, n, each(0), each(1), each(2));
  } else {
    line<T, body>(op, out, n, each(0), each(1), each(2), each(3));
  }
  (void)same;
}

/// out = op(in…) over all elements of the loops, in lanes of T, which hold dtype `compute`
/// (uint8_t lanes for bool). `picoseconds` is the cost of one element.
template <class T, Body body = Body::Short, class Op>
inline void map(const Loops& loops, DType compute, const Op& op, int64_t picoseconds) {
  map_lines(loops, {
                       .line = line_of<T, Op, body>,
                       .stage = stage_line,
                       .op = &op,
                       .dtypes = {ResultOf<Op, T>::truth ? DType::Bool : compute, compute, compute,
                                  compute, compute},
                       .inputs = arity<Op, T>,
                       .takes_same = arity<Op, T> == 2,
                       .picoseconds = picoseconds,
                   });
}

/// The same for float32 and float64.
template <Body body = Body::Short, class Op>
inline void map_float(const Loops& loops, DType compute, const Op& op, int64_t picoseconds) {
  if (compute == DType::Float64)
    map<double, body>(loops, compute, op, 2 * picoseconds);
  else
    map<float, body>(loops, compute, op, picoseconds);
}

}  // namespace
}  // namespace gm::GM_ISA
