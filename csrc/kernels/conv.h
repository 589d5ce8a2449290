// Convolution over (image, channel, y, x), row-major; 1-d convolution has y of size 1. Transposed
// convolution is the data gradient.
#pragma once

#include "kernels/finish.h"
#include "kernels/table.h"

namespace gm {

/// One axis: output i reads inputs  i·stride − before + k·dilation,  0 ≤ k < kernel; what lies
/// outside [0, in) is zero.
struct ConvAxis {
  int64_t in, out;
  int64_t kernel, stride, dilation, before;
};

/// Three taps side by side, at every position.
[[gnu::always_inline]] inline bool is_three(const ConvAxis& a) {
  return a.kernel == 3 && a.stride == 1 && a.dilation == 1;
}
/// Three taps at every position of a line; with dilation, of one that is an image of rows of as
/// many positions, whose taps stand one below the other.
[[gnu::always_inline]] inline bool is_line_of_three(const ConvAxis& y, const ConvAxis& x) {
  const int64_t d = x.dilation;
  const bool line = y.in == 1 && y.out == 1 && y.kernel == 1 && y.stride == 1 && y.before == 0;
  return line && x.kernel == 3 && x.stride == 1 && x.in % d == 0 && x.out % d == 0 &&
         x.before % d == 0;
}

/// float32 or float64. Every entry reads two of the arrays and writes the third.
struct ConvArgs {
  DType dtype;
  int64_t images, groups;
  int64_t channels, filters;  ///< of input and output, per group
  ConvAxis y, x;
  char* input;   ///< (images, groups · channels, y.in, x.in)
  char* weight;  ///< (groups · filters, channels, y.kernel, x.kernel)
  char* output;  ///< (images, groups · filters, y.out, x.out)
  char* bias;    ///< one number per channel of what is written, or null; by `weight_gradient`
                 ///< written: the sums of the output's channels
  char* workspace;

  // Of `forward` alone: output = finish(… + residual).
  const char* packed;  ///< the weight as `pack` left it: `weight` is not read; or null
  char* residual;      ///< like output, or null; output itself but for conv_direct
  Finish finish;
  double slope;  ///< of Finish::LeakyRelu
};

/// An entry and the bytes of workspace that it wants.
struct ConvEntry {
  void (*run)(const ConvArgs& args);
  int64_t (*workspace)(const ConvArgs& args);
};

/// A way to compute convolutions.
struct ConvKernels {
  ConvEntry forward;          ///< output = finish(weight ∗ input + bias + residual)
  ConvEntry data_gradient;    ///< input  = weightᵀ ∗ output + bias
  ConvEntry weight_gradient;  ///< weight = output · inputᵀ; at least one image and position
  /// Bytes of the weight packed for `forward`, and that packing. They depend on groups, channels,
  /// filters, kernel sizes and dtype; the order on the ISA too. Null: nothing is gained.
  int64_t (*packed_bytes)(const ConvArgs& args);
  void (*pack)(const ConvArgs& args, void* packed);
};
/// Implicit GEMM, for every shape.
GM_KERNEL_TABLE(ConvKernels, conv)
/// The same for few positions and weights packed beforehand, float32; forward alone.
GM_KERNEL_TABLE(ConvKernels, conv_pixels)
/// Without packing, for groups of very few channels.
GM_KERNEL_TABLE(ConvKernels, conv_direct)
/// By Winograd's algorithm on tiles of 2×2 and 4×4 outputs, for float32, kernels of 3×3, stride 1
/// and dilation 1. The weight gradient knows tiles of 4×4 alone, and AVX2 or AVX-512: its other
/// entries are null. So are all of SSE's, for 70 KB less.
GM_KERNEL_TABLE(ConvKernels, conv_winograd2)
GM_KERNEL_TABLE(ConvKernels, conv_winograd4)
/// The same along a line of positions, four outputs a tile, where is_line_of_three holds.
GM_KERNEL_TABLE(ConvKernels, conv_winograd4_line)
/// The same for few positions and weights packed beforehand; forward alone, and AVX-512 alone: the
/// entries of other ISAs are null.
GM_KERNEL_TABLE(ConvKernels, conv_winograd2_pixels)
GM_KERNEL_TABLE(ConvKernels, conv_winograd4_pixels)

}  // namespace gm
