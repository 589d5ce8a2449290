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

/// An operand of a line: consecutive elements, or one element for all of them.
template <class T>
struct Each {
  const T* p;
  GM_INLINE explicit Each(const char* data) : p(reinterpret_cast<const T*>(data)) {}
  GM_INLINE Vec<T> at(int64_t i) const { return Vec<T>::load(p + i); }
  GM_INLINE Vec<T> at(int64_t i, int n) const { return Vec<T>::load(p + i, n); }
};
template <class T>
struct Same {
  Vec<T> value;
  GM_INLINE explicit Same(const char* data) : value(*reinterpret_cast<const T*>(data)) {}
  GM_INLINE Vec<T> at(int64_t) const { return value; }
  GM_INLINE Vec<T> at(int64_t, int) const { return value; }
};

template <class T, class Op, class Out, class... In>
GM_INLINE void line(const Op& op, Out* out, int64_t n, In... in) {
  constexpr int N = Vec<T>::N;
  int64_t i = 0;
  for (; i + N <= n; i += N) put(op(in.at(i)...), out + i);
  if (i < n) {
    const int tail = static_cast<int>(n - i);
    put(op(in.at(i, tail)...), out + i, tail);
  }
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

/// The LineFn of an operation in lanes of T. Two-operand operations have loops of their own for an
/// operand that is one element for the whole line.
template <class T, class Op>
[[gnu::flatten]] void line_of(const void* parameters, char* result, const char* const* in,
                              const bool* same, int64_t n) {
  const Op op = *static_cast<const Op*>(parameters);
  auto* out = reinterpret_cast<typename ResultOf<Op, T>::Lane*>(result);
  using E = Each<T>;
  using S = Same<T>;
  if constexpr (arity<Op, T> == 1) {
    line<T>(op, out, n, E(in[0]));
  } else if constexpr (arity<Op, T> == 2) {
    if (same[0])
      line<T>(op, out, n, S(in[0]), E(in[1]));
    else if (same[1])
      line<T>(op, out, n, E(in[0]), S(in[1]));
    else
      line<T>(op, out, n, E(in[0]), E(in[1]));
  } else if constexpr (arity<Op, T> == 3) {
    line<T>(op, out, n, E(in[0]), E(in[1]), E(in[2]));
  } else {
    line<T>(op, out, n, E(in[0]), E(in[1]), E(in[2]), E(in[3]));
  }
  (void)same;
}

/// out = op(in…) over all elements of the loops, in lanes of T, which hold dtype `compute`
/// (uint8_t lanes for bool). `picoseconds` is the cost of one element.
template <class T, class Op>
inline void map(const Loops& loops, DType compute, const Op& op, int64_t picoseconds) {
  map_lines(loops, {
                       .line = line_of<T, Op>,
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
template <class Op>
inline void map_float(const Loops& loops, DType compute, const Op& op, int64_t picoseconds) {
  if (compute == DType::Float64)
    map<double>(loops, compute, op, 2 * picoseconds);
  else
    map<float>(loops, compute, op, picoseconds);
}

}  // namespace
}  // namespace gm::GM_ISA
