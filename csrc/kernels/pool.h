// Pooling over planes of batch × channels, each row-major; 1-d pooling is 2-d with height 1.
#pragma once

#include "kernels/table.h"

namespace gm {

/// One axis of a sliding window: output i reads inputs  i·stride − padding + k·dilation,  0 ≤ k <
/// kernel, of which those outside [0, in) are padding. Adaptive pooling uses `in` and `out` alone:
/// output i reads [⌊i·in/out⌋, ⌈(i+1)·in/out⌉).
struct PoolAxis {
  int64_t in, out;
  int64_t kernel, stride, padding, dilation;
};

/// float32 or float64. Gradients use the same struct: `output` is then read, `input` written.
struct PoolArgs {
  DType dtype;
  int64_t planes;
  PoolAxis y, x;
  char* input;
  char* output;
};

/// Bytes behind the notes of winners by tap.
constexpr int64_t kTapSlack = 64;

struct MaxPoolKernels {
  /// argmax, if not null, gets the winner's index in the input plane: the first of equals, NaN
  /// before all. Every window holds at least one input.
  void (*window)(const PoolArgs& args, int32_t* argmax);
  void (*adaptive)(const PoolArgs& args, int32_t* argmax);
  /// input[argmax] += output in each plane, the rest zero: the gradient of both. An index outside
  /// its plane is written to *wrong (else left alone), and nothing is added in that plane.
  void (*scatter)(const PoolArgs& args, const int32_t* argmax, int64_t* wrong);

  /// Whether windows of this shape are better noted for their gradient by the winner's tap, y ·
  /// x.kernel + x: a quarter of an index, and every input gathers its gradient from the few windows
  /// that it lies in. `gather` takes the notes of any ISA, and may read kTapSlack bytes past them.
  /// All three may be null.
  bool (*by_tap)(const PoolArgs& args);
  void (*window_by_tap)(const PoolArgs& args, uint8_t* taps);
  void (*gather)(const PoolArgs& args, const uint8_t* taps);
};

/// What a window's sum is divided by.
struct AverageDivisor {
  bool include_padding;  ///< the window's size with its padding, else the inputs in it
  int64_t fixed;         ///< this instead, unless 0
};

struct AveragePoolKernels {
  void (*window)(const PoolArgs& args, AverageDivisor divisor);
  void (*window_gradient)(const PoolArgs& args, AverageDivisor divisor);
  void (*adaptive)(const PoolArgs& args);
  void (*adaptive_gradient)(const PoolArgs& args);
};

GM_DEVICE_KERNEL_TABLE(MaxPoolKernels, max_pool)
GM_DEVICE_KERNEL_TABLE(AveragePoolKernels, average_pool)

}  // namespace gm
