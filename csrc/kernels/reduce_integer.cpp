// The integer and bool half of the reduce stem: compiled once, at the baseline ISA. Integer
// arithmetic is exact, so the order of a sum is free and plain loops (vectorised by the compiler)
// do.
#include <cstddef>

#include "core/parallel.h"
#include "isa/parallel.h"
#include "kernels/integers.h"
#include "kernels/reduce.h"

namespace gm::GM_ISA {
namespace {

constexpr int64_t kPiece = 32768;

inline int64_t at_least_one(int64_t x) { return x < 1 ? 1 : x; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A bool: any byte but 0 is true, once.
struct Truth {
  uint8_t byte;
  operator uint8_t() const { return byte != 0; }
};
template <class T>
struct Elements {
  using type = T;  // what is compared and given
};
template <>
struct Elements<Truth> {
  using type = uint8_t;
};
template <class T>
using ValueOf = typename Elements<T>::type;

template <class T>
struct Limits {
  static constexpr bool is_signed = T(-1) < T(0);
  static constexpr T top = is_signed ? T((uint64_t(1) << (8 * sizeof(T) - 1)) - 1) : T(-1);
  static constexpr T bottom = is_signed ? T(-top - 1) : T(0);
};

struct Sum {
  template <class A>
  static constexpr A identity() {
    return 0;
  }
  template <class A>
  A operator()(A a, A b) const {
    return A(uint64_t(a) + uint64_t(b));
  }
};
struct Prod {
  template <class A>
  static constexpr A identity() {
    return 1;
  }
  template <class A>
  A operator()(A a, A b) const {
    return A(uint64_t(a) * uint64_t(b));
  }
};
struct Max {
  template <class A>
  static constexpr A identity() {
    return Limits<A>::bottom;
  }
  template <class A>
  A operator()(A a, A b) const {
    return a > b ? a : b;
  }
};
struct Min {
  template <class A>
  static constexpr A identity() {
    return Limits<A>::top;
  }
  template <class A>
  A operator()(A a, A b) const {
    return a < b ? a : b;
  }
};

/// Rows [begin, end) of one outer element: out[inner] = all of them.
template <class T, class A, class Op>
void fold_rows(const ReduceArgs& a, const T* p, int64_t begin, int64_t end, A* out) {
  const Op op;
  p += begin * a.reduce_stride;
  if (a.inner == 1) {
    A total = Op::template identity<A>();
    for (int64_t i = 0; i < end - begin; ++i) total = op(total, A(p[i]));
    *out = total;
    return;
  }
  for (int64_t j = 0; j < a.inner; ++j) out[j] = Op::template identity<A>();
  for (int64_t i = begin; i < end; ++i, p += a.reduce_stride)
    for (int64_t j = 0; j < a.inner; ++j) out[j] = op(out[j], A(p[j]));
}

/// Elements T, accumulated and given as A.
template <class T, class A, class Op>
void fold(const ReduceArgs& a) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  auto* out = reinterpret_cast<A*>(a.out);
  if (a.outer * a.inner == 0) return;
  const int64_t each = at_least_one(a.reduce * a.inner);
  const int64_t cost = a.outer * each / 2;
  const int64_t step = at_least_one(kReduceSegment / a.inner);
  const int64_t segments = at_least_one(ceil_div(a.reduce, step));
  if (segments == 1) {
    const int64_t group = at_least_one(kPiece / each);
    parallel_for(ceil_div(a.outer, group), cost, [&](int64_t piece) {
      const int64_t end = smaller(a.outer, (piece + 1) * group);
      for (int64_t o = piece * group; o < end; ++o)
        fold_rows<T, A, Op>(a, in + o * a.outer_stride, 0, a.reduce, out + o * a.inner);
    });
    return;
  }
  const Scratch scratch(size_t(a.outer * segments * a.inner) * sizeof(A));
  auto* partial = static_cast<A*>(scratch.data);
  parallel_for(a.outer * segments, cost, [&](int64_t piece) {
    const int64_t begin = piece % segments * step;
    fold_rows<T, A, Op>(a, in + piece / segments * a.outer_stride, begin,
                        smaller(a.reduce, begin + step), partial + piece * a.inner);
  });
  const Op op;
  for (int64_t o = 0; o < a.outer; ++o)
    for (int64_t j = 0; j < a.inner; ++j) {
      const A* p = partial + o * segments * a.inner + j;
      A total = p[0];
      for (int64_t s = 1; s < segments; ++s) total = op(total, p[s * a.inner]);
      out[o * a.inner + j] = total;
    }
}

template <class T, class Op>
void arg(const ReduceArgs& a) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  using A = ValueOf<T>;
  auto* out = reinterpret_cast<A*>(a.out);
  const int64_t group = at_least_one(kPiece / at_least_one(a.reduce * a.inner));
  parallel_for(ceil_div(a.outer, group), a.outer * a.reduce * a.inner, [&](int64_t piece) {
    const int64_t end = smaller(a.outer, (piece + 1) * group);
    for (int64_t o = piece * group; o < end; ++o) {
      const T* p = in + o * a.outer_stride;
      A* best = out + o * a.inner;
      int64_t* index = a.index + o * a.inner;
      for (int64_t j = 0; j < a.inner; ++j) {
        best[j] = A(p[j]);
        index[j] = 0;
      }
      for (int64_t i = 1; i < a.reduce; ++i) {
        p += a.reduce_stride;
        for (int64_t j = 0; j < a.inner; ++j) {
          const A x = p[j];
          const bool take = Op()(x, best[j]) != best[j];
          best[j] = take ? x : best[j];
          index[j] = take ? i : index[j];
        }
      }
    }
  });
}

/// Accumulated in int64, uint64 in itself.
template <class Op>
void wide(const ReduceArgs& args) {
  if (args.dtype == DType::UInt64) return fold<uint64_t, uint64_t, Op>(args);
  with_integer<Truth>(args.dtype, [&](auto t) { fold<decltype(t), int64_t, Op>(args); });
}
template <class Op>
void same(const ReduceArgs& args) {
  with_integer<Truth>(args.dtype,
                      [&](auto t) { fold<decltype(t), ValueOf<decltype(t)>, Op>(args); });
}
template <class Op>
void run_arg(const ReduceArgs& args) {
  with_integer<Truth>(args.dtype, [&](auto t) { arg<decltype(t), Op>(args); });
}

}  // namespace

constinit const ReduceKernels reduce_integer = {
    .sum = wide<Sum>,
    .prod = wide<Prod>,
    .max = same<Max>,
    .min = same<Min>,
    .arg_max = run_arg<Max>,
    .arg_min = run_arg<Min>,
};

}  // namespace gm::GM_ISA
