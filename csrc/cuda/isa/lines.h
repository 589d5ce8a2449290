// isa/lines.h for CUDA: an operation on one to four Vec<T>, applied to every element of Loops.
//
//   dense     all operands row-major or one number, of the operation's own dtypes: 16 bytes a step
//   strided   any strides; offsets are computed from the element's number
//
// Operands of another dtype are converted first, into memory for the moment.
#pragma once

#include "cuda/stage.h"
#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

/// How an operation is compiled on a CPU; here once in any case.
enum class Body { Short, Long };
constexpr Body body_of(int64_t) { return Body::Short; }

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

/// Op on bool bytes (uint8_t lanes): any byte but 0 is true.
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

template <class T, class Op>
GM_INLINE auto apply(const Op& op, const T* x) {
  if constexpr (arity<Op, T> == 1)
    return op(Vec<T>(x[0]));
  else if constexpr (arity<Op, T> == 2)
    return op(Vec<T>(x[0]), Vec<T>(x[1]));
  else if constexpr (arity<Op, T> == 3)
    return op(Vec<T>(x[0]), Vec<T>(x[1]), Vec<T>(x[2]));
  else
    return op(Vec<T>(x[0]), Vec<T>(x[1]), Vec<T>(x[2]), Vec<T>(x[3]));
}
template <class Op, class T>
using ResultOf = Result<decltype(apply<T>(*static_cast<const Op*>(nullptr), nullptr))>;

/// An operand: memory, or one number where `data` is null.
template <class T>
struct Source {
  const T* data;
  T number;
};

template <class T, int N>
struct alignas(sizeof(T) * N) Packet {
  T lane[N];
};

template <int Wide, class T, class Out, int In, class Op>
__global__ void map_dense(Op op, Out* out, Several<Source<T>, In> in, int64_t packets) {
  for (int64_t p = first_piece(); p < packets; p += piece_step()) {
    Packet<T, Wide> x[In];
    for (int k = 0; k < In; ++k) {
      if (in[k].data) {
        x[k] = reinterpret_cast<const Packet<T, Wide>*>(in[k].data)[p];
      } else {
        for (int i = 0; i < Wide; ++i) x[k].lane[i] = in[k].number;
      }
    }
    Packet<Out, Wide> y;
    for (int i = 0; i < Wide; ++i) {
      T each[In];
      for (int k = 0; k < In; ++k) each[k] = x[k].lane[i];
      y.lane[i] = Out(apply<T>(op, each).v);
    }
    reinterpret_cast<Packet<Out, Wide>*>(out)[p] = y;
  }
}

/// Where element i of each operand is, counted in elements.
struct Places {
  int32_t rank;
  int64_t shape[kMaxRank];
  int64_t strides[kMaxOperands][kMaxRank];

  GM_DEVICE void find(int64_t i, int operands, int64_t* at) const {
    for (int k = 0; k < operands; ++k) at[k] = 0;
    for (int d = rank - 1; d >= 0; --d) {
      const int64_t rest = i / shape[d], here = i - rest * shape[d];
      for (int k = 0; k < operands; ++k) at[k] += here * strides[k][d];
      i = rest;
    }
  }
};

inline Places places_of(const Loops& loops) {
  Places places;
  places.rank = loops.rank;
  for (int d = 0; d < loops.rank; ++d) {
    places.shape[d] = loops.shape[d];
    for (int k = 0; k < loops.operands; ++k) places.strides[k][d] = loops.strides[k][d];
  }
  return places;
}

template <class T, class Out, int In, class Op>
__global__ void map_strided(Op op, Out* out, Several<Source<T>, In> in, Places places, int64_t n) {
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    int64_t at[In + 1];
    places.find(i, In + 1, at);
    T each[In];
    for (int k = 0; k < In; ++k) each[k] = in[k].data ? in[k].data[at[k + 1]] : in[k].number;
    out[at[0]] = Out(apply<T>(op, each).v);
  }
}

template <class T, Body body = Body::Short, class Op>
inline void map(const Loops& given, DType compute, const Op& op, int64_t) {
  constexpr int In = arity<Op, T>;
  using R = ResultOf<Op, T>;
  using Out = typename R::Lane;
  Loops loops = given;
  const int64_t n = loops.lines * loops.length;
  if (n == 0) return;
  const DType result = R::truth ? DType::Bool : compute;
  Staged staged(loops);
  for (int k = 1; k <= In; ++k)
    if (loops.dtype[k] != compute && !is_number(loops, k)) staged.take(k, compute);
  if (loops.dtype[0] != result) staged.open(result);

  Several<Source<T>, In> in;
  bool dense = is_dense(loops, 0);
  auto aligned = reinterpret_cast<uintptr_t>(loops.data[0]);
  for (int k = 1; k <= In; ++k) {
    if (is_number(loops, k)) {
      in[k - 1] = {nullptr, *reinterpret_cast<const T*>(loops.data[k])};
      continue;
    }
    in[k - 1] = {reinterpret_cast<const T*>(loops.data[k]), T(0)};
    dense &= is_dense(loops, k);
    aligned |= reinterpret_cast<uintptr_t>(loops.data[k]);
  }
  auto* out = reinterpret_cast<Out*>(loops.data[0]);
  constexpr int kWide = 16 / sizeof(T);
  if (dense && n % kWide == 0 && aligned % 16 == 0) {
    start(map_dense<kWide, T, Out, In, Op>, blocks_for(n / kWide), kThreads, op, out, in,
          n / kWide);
  } else {
    start(map_strided<T, Out, In, Op>, blocks_for(n), kThreads, op, out, in, places_of(loops), n);
  }
  staged.close();
}

template <Body body = Body::Short, class Op>
inline void map_float(const Loops& loops, DType compute, const Op& op, int64_t picoseconds) {
  if (compute == DType::Float64)
    map<double>(loops, compute, op, picoseconds);
  else
    map<float>(loops, compute, op, picoseconds);
}

}  // namespace
}  // namespace gm::GM_ISA
