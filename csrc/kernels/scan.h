// Scans along one axis: running sums, products and extremes.
#pragma once

#include "kernels/table.h"

namespace gm {

/// Arrays of (outer, length, inner), all row-major. float32 sums and products run in double.
///
/// Rows longer than kScanSegment (inner = 1) are cut there: each segment starts from the total of
/// those before it, whatever the number of threads.
struct ScanArgs {
  const char* in;
  char* out;
  DType dtype;  ///< of both
  int64_t outer, length, inner;
  bool reverse;    ///< from the last element to the first
  int64_t* index;  ///< of extremes: where each one is
};
inline constexpr int64_t kScanSegment = 65536;

/// dx of y = cumprod(x), given g.
struct ProductScanGradient {
  const char *x, *g;
  char* dx;
  DType dtype;
  int64_t outer, length, inner;
};

struct ScanKernels {
  void (*sum)(const ScanArgs& args);
  void (*prod)(const ScanArgs& args);
  void (*max)(const ScanArgs& args);  // NaN wins; of equals the last
  void (*min)(const ScanArgs& args);
  void (*prod_gradient)(const ProductScanGradient& args);  // floats only
};

/// float32 and float64.
GM_KERNEL_TABLE(ScanKernels, scan)
/// Integers, compiled once: sums and products of int64 and uint64, extremes of all.
GM_INTEGER_KERNEL_TABLE(ScanKernels, scan_integer)

}  // namespace gm
