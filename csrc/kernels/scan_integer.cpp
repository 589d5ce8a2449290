// The integer half of the scan stem: compiled once, at the baseline ISA.
#include "kernels/scan_extreme.h"

namespace gm::GM_ISA {
namespace {

/// Sums and products wrap, so int64 and uint64 are the same bits.
template <class Op>
void run(const ScanArgs& a) {
  parallel_for(a.outer, a.outer * a.length * a.inner, [&](int64_t o) {
    const int64_t start = o * a.length * a.inner, n = a.inner;
    const uint64_t* x = reinterpret_cast<const uint64_t*>(a.in) + start;
    uint64_t* out = reinterpret_cast<uint64_t*>(a.out) + start;
    const int64_t step = a.reverse ? -n : n;
    int64_t at = a.reverse ? (a.length - 1) * n : 0;
    for (int64_t i = 0; i < a.length; ++i, at += step)
      for (int64_t j = 0; j < n; ++j)
        out[at + j] = i == 0 ? x[at + j] : Op()(out[at + j - step], x[at + j]);
  });
}

struct Sum {
  uint64_t operator()(uint64_t a, uint64_t b) const { return a + b; }
};
struct Prod {
  uint64_t operator()(uint64_t a, uint64_t b) const { return a * b; }
};
struct NotBelow {
  template <class T>
  bool operator()(T x, T best) const {
    return x >= best;
  }
};
struct NotAbove {
  template <class T>
  bool operator()(T x, T best) const {
    return x <= best;
  }
};

template <class Order>
void run_extreme(const ScanArgs& args) {
  switch (args.dtype) {
    case DType::UInt8:
      return scan_extreme<uint8_t, Order>(args);
    case DType::UInt16:
      return scan_extreme<uint16_t, Order>(args);
    case DType::UInt32:
      return scan_extreme<uint32_t, Order>(args);
    case DType::UInt64:
      return scan_extreme<uint64_t, Order>(args);
    case DType::Int8:
      return scan_extreme<int8_t, Order>(args);
    case DType::Int16:
      return scan_extreme<int16_t, Order>(args);
    case DType::Int32:
      return scan_extreme<int32_t, Order>(args);
    default:
      return scan_extreme<int64_t, Order>(args);
  }
}

}  // namespace

constinit const ScanKernels scan_integer = {
    .sum = run<Sum>,
    .prod = run<Prod>,
    .max = run_extreme<NotBelow>,
    .min = run_extreme<NotAbove>,
};

}  // namespace gm::GM_ISA
