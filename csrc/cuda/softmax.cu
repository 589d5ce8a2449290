// Softmax and its kin: a block for a row whose elements lie together, else a thread for a row.
// Forward reads a row twice (its largest element and its sum in one pass, joined as online softmax
// joins them: Milakov and Gimelshein, 2018) and writes it once.
#include "kernels/softmax.h"

#include "cuda/fold.h"
#include "isa/math.h"

namespace gm::cuda {
namespace {

/// Σ e^(x - top) of what was seen.
template <class T>
struct Exps {
  T top, sum;
};
template <class T>
GM_DEVICE Exps<T> join(Exps<T> a, Exps<T> b) {
  const T top = maximum(Vec<T>(a.top), Vec<T>(b.top)).v;
  if (top == -Ieee<T>::kInfinity) return {top, T(0)};  // nothing, or e^-inf alone
  return {top, a.sum * T(::exp(a.top - top)) + b.sum * T(::exp(b.top - top))};
}

/// The threads that share a row, and where it lies.
template <class T, bool ByBlock>
struct Row {
  const SoftmaxArgs& a;
  int64_t at;  ///< of its first element

  GM_DEVICE static int64_t first() { return ByBlock ? int64_t(blockIdx.x) : first_piece(); }
  GM_DEVICE static int64_t step() { return ByBlock ? int64_t(gridDim.x) : piece_step(); }
  GM_DEVICE Row(const SoftmaxArgs& args, int64_t row)
      : a(args), at(row / args.inner * args.length * args.inner + row % args.inner) {}

  /// body(i) for this thread's elements.
  template <class Body>
  GM_DEVICE void each(const Body& body) const {
    for (int64_t i = ByBlock ? threadIdx.x : 0; i < a.length; i += ByBlock ? kThreads : 1)
      body(at + i * a.inner);
  }
  struct Add {
    GM_DEVICE T operator()(T x, T y) const { return x + y; }
  };
  GM_DEVICE T total(T mine) const {
    if constexpr (ByBlock)
      return fold_block(Add{}, mine);
    else
      return mine;
  }
  struct Larger {
    GM_DEVICE T operator()(T x, T y) const { return maximum(Vec<T>(x), Vec<T>(y)).v; }
  };
  GM_DEVICE Exps<T> total(Exps<T> mine) const {
    if constexpr (!ByBlock) return mine;
    const T top = fold_block(Larger{}, mine.top);
    return {top, fold_block(Add{}, join(mine, Exps<T>{top, T(0)}).sum)};
  }
};

template <class T, bool ByBlock, bool logarithm>
__global__ void forward(SoftmaxArgs a) {
  const auto* x = reinterpret_cast<const T*>(a.x);
  auto* y = reinterpret_cast<T*>(a.out);
  for (int64_t r = Row<T, ByBlock>::first(); r < a.outer * a.inner; r += Row<T, ByBlock>::step()) {
    const Row<T, ByBlock> row(a, r);
    Exps<T> exps{-Ieee<T>::kInfinity, T(0)};
    row.each([&](int64_t i) { exps = join(exps, Exps<T>{x[i], T(1)}); });
    exps = row.total(exps);
    if (logarithm) {
      const T shift = exps.top + T(::log(exps.sum));
      row.each([&](int64_t i) { y[i] = x[i] - shift; });
    } else {
      const T scale = T(1) / exps.sum;
      row.each([&](int64_t i) { y[i] = T(::exp(x[i] - exps.top)) * scale; });
    }
  }
}

template <class T, bool ByBlock, bool logarithm>
__global__ void backward(SoftmaxArgs a) {
  const auto* y = reinterpret_cast<const T*>(a.x);
  const auto* g = reinterpret_cast<const T*>(a.g);
  auto* dx = reinterpret_cast<T*>(a.out);
  for (int64_t r = Row<T, ByBlock>::first(); r < a.outer * a.inner; r += Row<T, ByBlock>::step()) {
    const Row<T, ByBlock> row(a, r);
    T sum = 0;
    row.each([&](int64_t i) { sum += logarithm ? g[i] : g[i] * y[i]; });
    sum = row.total(sum);
    row.each(
        [&](int64_t i) { dx[i] = logarithm ? g[i] - T(::exp(y[i])) * sum : y[i] * (g[i] - sum); });
  }
}

template <class T, bool gradient, bool logarithm>
void run_as(const SoftmaxArgs& a) {
  const int64_t rows = a.outer * a.inner;
  if (rows * a.length == 0) return;
  if (a.inner == 1)
    start(gradient ? backward<T, true, logarithm> : forward<T, true, logarithm>,
          blocks_for(rows * kThreads), kThreads, a);
  else
    start(gradient ? backward<T, false, logarithm> : forward<T, false, logarithm>, blocks_for(rows),
          kThreads, a);
}
template <bool gradient, bool logarithm>
void run(const SoftmaxArgs& a) {
  if (a.dtype == DType::Float64)
    run_as<double, gradient, logarithm>(a);
  else
    run_as<float, gradient, logarithm>(a);
}

}  // namespace

constinit const SoftmaxKernels softmax = {
    .softmax = run<false, false>,
    .log_softmax = run<false, true>,
    .softmax_backward = run<true, false>,
    .log_softmax_backward = run<true, true>,
};

}  // namespace gm::cuda
