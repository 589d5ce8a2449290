// The integer and bool half of the reduce stem.
#include "cuda/fold.h"
#include "isa/lines.h"
#include "kernels/integers.h"
#include "kernels/reduce.h"

namespace gm::cuda {
namespace {

/// A bool: any byte but 0 is true, once.
struct Truth {
  uint8_t byte;
  __host__ __device__ operator uint8_t() const { return byte != 0; }
};

template <class A>
struct Limits {
  static constexpr bool is_signed = A(-1) < A(0);
  static constexpr A top = is_signed ? A((uint64_t(1) << (8 * sizeof(A) - 1)) - 1) : A(-1);
  static constexpr A bottom = is_signed ? A(-top - 1) : A(0);
};

template <class A>
struct Elements {
  template <class T>
  GM_DEVICE A term(T x, A) const {
    return A(x);
  }
};
template <class A>
struct Sum : Elements<A> {
  GM_DEVICE A identity() const { return 0; }
  GM_DEVICE A operator()(A a, A b) const { return A(uint64_t(a) + uint64_t(b)); }
};
template <class A>
struct Prod : Elements<A> {
  GM_DEVICE A identity() const { return 1; }
  GM_DEVICE A operator()(A a, A b) const { return A(uint64_t(a) * uint64_t(b)); }
};
template <class A>
struct Max : Elements<A> {
  GM_DEVICE A identity() const { return Limits<A>::bottom; }
  GM_DEVICE A operator()(A a, A b) const { return a > b ? a : b; }
};
template <class A>
struct Min : Elements<A> {
  GM_DEVICE A identity() const { return Limits<A>::top; }
  GM_DEVICE A operator()(A a, A b) const { return a < b ? a : b; }
};
struct Larger {
  template <class A>
  GM_DEVICE bool operator()(A a, A b) const {
    return a > b;
  }
};
struct Smaller {
  template <class A>
  GM_DEVICE bool operator()(A a, A b) const {
    return a < b;
  }
};

/// Accumulated in int64, uint64 in itself.
template <template <class> class Op>
void wide(const ReduceArgs& args) {
  if (args.dtype == DType::UInt64) return fold_all<uint64_t, uint64_t>(Op<uint64_t>{}, args);
  if (args.dtype == DType::Bool) return fold_all<Truth, int64_t>(Op<int64_t>{}, args);
  with_integer(args.dtype, [&](auto x) { fold_all<decltype(x), int64_t>(Op<int64_t>{}, args); });
}
template <template <class> class Op>
void same(const ReduceArgs& args) {
  if (args.dtype == DType::Bool) return fold_all<Truth, uint8_t>(Op<uint8_t>{}, args);
  with_integer(args.dtype, [&](auto x) {
    using T = decltype(x);
    fold_all<T, T>(Op<T>{}, args);
  });
}
template <class Order>
void arg(const ReduceArgs& args) {
  if (args.dtype == DType::Bool) return arg_all<Truth, uint8_t>(Order{}, args);
  with_integer(args.dtype, [&](auto x) {
    using T = decltype(x);
    arg_all<T, T>(Order{}, args);
  });
}

}  // namespace

constinit const ReduceKernels reduce_integer = {
    .sum = wide<Sum>,
    .prod = wide<Prod>,
    .max = same<Max>,
    .min = same<Min>,
    .arg_max = arg<Larger>,
    .arg_min = arg<Smaller>,
};

}  // namespace gm::cuda
