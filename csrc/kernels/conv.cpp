// Convolution and its gradients by implicit GEMM.

#include "kernels/conv.h"

#include "kernels/conv_gemm.h"
#include "kernels/conv_pixels.h"
#include "kernels/conv_weight.h"

namespace gm::GM_ISA {
namespace {

template <class T>
void data_gradient(const ConvArgs& args) {
  for_phases<T>(args, [&](const ConvProduct<T>& p) {
    if (p.taps() == 0 || p.y.in == 0 || p.x.in == 0)
      fill_bias(p);
    else
      run_conv(p, args.workspace);
  });
}
template <class T>
int64_t data_gradient_workspace(const ConvArgs& args) {
  int64_t bytes = 0;
  for_phases<T>(args, [&](const ConvProduct<T>& p) {
    if (p.taps() > 0) bytes = most(bytes, conv_workspace(p));
  });
  return bytes;
}

/// Entries for float32 and float64.
void run_forward(const ConvArgs& args) {
  if (args.dtype == DType::Float64)
    run_conv(forward_product<double>(args), args.workspace);
  else
    run_conv(forward_product<float>(args), args.workspace);
}
int64_t forward_workspace(const ConvArgs& args) {
  return args.dtype == DType::Float64 ? conv_workspace(forward_product<double>(args))
                                      : conv_workspace(forward_product<float>(args));
}
/// A product whose weights count as packed: that alone decides their layout.
template <class T>
ConvProduct<T> packed_product(ConvArgs args) {
  args.packed = reinterpret_cast<const char*>(64);  // anything but null
  return forward_product<T>(args);
}
template <class T>
int64_t packed_bytes_of(const ConvArgs& args) {
  const ConvProduct<T> p = packed_product<T>(args);
  return packed_bytes(p, cut_conv(p));
}
template <class T>
void pack_of(const ConvArgs& args, void* packed) {
  const ConvProduct<T> p = packed_product<T>(args);
  pack_weights(p, cut_conv(p), static_cast<T*>(packed));
}
int64_t packed_bytes(const ConvArgs& args) {
  return args.dtype == DType::Float64 ? packed_bytes_of<double>(args)
                                      : packed_bytes_of<float>(args);
}
void pack(const ConvArgs& args, void* packed) {
  args.dtype == DType::Float64 ? pack_of<double>(args, packed) : pack_of<float>(args, packed);
}
void run_data(const ConvArgs& args) {
  args.dtype == DType::Float64 ? data_gradient<double>(args) : data_gradient<float>(args);
}
int64_t data_workspace(const ConvArgs& args) {
  return args.dtype == DType::Float64 ? data_gradient_workspace<double>(args)
                                      : data_gradient_workspace<float>(args);
}
void run_weight(const ConvArgs& args) {
  args.dtype == DType::Float64 ? weight_gradient<double>(args) : weight_gradient<float>(args);
}
int64_t workspace_of_weight(const ConvArgs& args) {
  return args.dtype == DType::Float64 ? weight_workspace<double>(args)
                                      : weight_workspace<float>(args);
}

void run_few_positions(const ConvArgs& args) {
  run_pixels(forward_product<float>(args), args.workspace);
}
int64_t workspace_of_pixels(const ConvArgs& args) {
  return pixel_workspace(forward_product<float>(args));
}
int64_t pixel_packed_bytes(const ConvArgs& args) {
  return pixel_weights(packed_product<float>(args)) * int64_t(sizeof(float));
}
void pack_pixels(const ConvArgs& args, void* packed) {
  pack_pixel_weights(packed_product<float>(args), static_cast<float*>(packed));
}

}  // namespace

constinit const ConvKernels conv = {
    .forward = {run_forward, forward_workspace},
    .data_gradient = {run_data, data_workspace},
    .weight_gradient = {run_weight, workspace_of_weight},
    .packed_bytes = packed_bytes,
    .pack = pack,
};
constinit const ConvKernels conv_pixels = {
    .forward = {run_few_positions, workspace_of_pixels},
    .data_gradient = {nullptr, nullptr},
    .weight_gradient = {nullptr, nullptr},
    .packed_bytes = pixel_packed_bytes,
    .pack = pack_pixels,
};

}  // namespace gm::GM_ISA
