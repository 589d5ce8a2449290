#include "ops/conv.h"

#include <algorithm>
#include <atomic>
#include <string_view>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/conv.h"
#include "ops/matmul.h"
#include "ops/reduce.h"

namespace gm::ops {

namespace {

/// What a call asks for, each as (y, x); y is of no effect in 1-d.
struct Window {
  int axes;
  Shape stride, dilation, before, after;
  int64_t groups;
};

Shape per_axis(const char* op, const char* what, const Shape& given, int axes, int64_t unused,
               int64_t smallest) {
  check(given.rank() == 1 || given.rank() == axes, op, ": ", what, " must be one number",
        axes == 2 ? " or two" : "", ", got ", given.rank());
  for (int64_t value : given)
    check(value >= smallest, op, ": ", what, " must be at least ", smallest, ", got ", value);
  if (axes == 1) return {unused, given[0]};
  return given.rank() == 1 ? Shape{given[0], given[0]} : given;
}

Window window(const char* op, int axes, const Shape& stride, const Shape& padding,
              const Shape& dilation, int64_t groups) {
  Window w{axes,
           per_axis(op, "stride", stride, axes, 1, 1),
           per_axis(op, "dilation", dilation, axes, 1, 1),
           {},
           {},
           groups};
  if (padding.rank() == 2 * axes) {
    for (int64_t value : padding)
      check(value >= 0, op, ": padding must be at least 0, got ", value);
    w.before = axes == 1 ? Shape{0, padding[0]} : Shape{padding[0], padding[2]};
    w.after = axes == 1 ? Shape{0, padding[1]} : Shape{padding[1], padding[3]};
  } else {
    w.before = w.after = per_axis(op, "padding", padding, axes, 0, 0);
  }
  check(groups > 0, op, ": groups must be positive, got ", groups);
  return w;
}

void check_dtypes(const char* op, const Array& x, const Array& weight, const Array* bias) {
  check_type(x.dtype() == DType::Float32 || x.dtype() == DType::Float64, op,
             ": expected float32 or float64, got input of ", x.dtype(), " and weight of ",
             weight.dtype());
  check_type(weight.dtype() == x.dtype(), op, ": weight is ", weight.dtype(), " but input is ",
             x.dtype());
  check_type(!bias || bias->dtype() == x.dtype(), op, ": bias is ",
             bias ? bias->dtype() : x.dtype(), " but input is ", x.dtype());
  check(weight.device() == x.device() && (!bias || bias->device() == x.device()), op,
        ": operands are on different devices");
}

void check_ranks(const char* op, int axes, const Shape& input, const Shape& weight) {
  check(weight.rank() == axes + 2, op, ": weight of shape ", weight, " has ", weight.rank(),
        " dimensions, expected ", axes + 2);
  check(input.rank() == axes + 1 || input.rank() == axes + 2, op, ": input of shape ", input,
        " has ", input.rank(), " dimensions, expected ", axes + 2, ", or ", axes + 1,
        " for a single image");
  check(numel(weight) > 0, op, ": weight of shape ", weight, " has no elements");
}

/// Channels stand before the spatial axes, images before them if at all.
int64_t channels_of(const Shape& shape, int axes) { return shape[shape.rank() - axes - 1]; }
int64_t images_of(const Shape& shape, int axes) { return shape.rank() == axes + 2 ? shape[0] : 1; }
/// Size along y (axis 0) or x (axis 1).
int64_t size_of(const Shape& shape, int axes, int axis) {
  return axis == 0 && axes == 1 ? 1 : shape[shape.rank() - 2 + axis];
}
Shape with_sizes(const Shape& like, int axes, int64_t channels, int64_t y, int64_t x) {
  Shape shape;
  if (like.rank() == axes + 2) shape.push_back(like[0]);
  shape.push_back(channels);
  if (axes == 2) shape.push_back(y);
  shape.push_back(x);
  return shape;
}

void check_bias(const char* op, const Array* bias, const Shape& weight, int64_t filters) {
  check(!bias || (bias->rank() == 1 && bias->size(0) == filters), op, ": bias of shape ",
        bias ? bias->shape() : Shape{}, ", expected (", filters, ",) for weight of shape ", weight);
}

void check_gradient(const char* op, const Array& g, const Shape& expected) {
  check(g.shape() == expected, op, ": gradient of shape ", g.shape(), " for an output of shape ",
        expected);
}

/// Sizes of a convolution of `input` with `weight`, checked; pointers are left null.
ConvArgs convolution(const char* op, const Shape& input, const Shape& weight, DType dtype,
                     const Window& w) {
  const int axes = w.axes;
  check_ranks(op, axes, input, weight);
  ConvArgs args{};
  args.dtype = dtype;
  args.images = images_of(input, axes);
  args.groups = w.groups;
  args.channels = weight[1];
  check(weight[0] % w.groups == 0, op, ": weight of shape ", weight, " gives ", weight[0],
        " channels, which do not divide into ", w.groups, " groups");
  args.filters = weight[0] / w.groups;
  const int64_t channels = channels_of(input, axes), taken = checked_mul(weight[1], w.groups);
  if (w.groups == 1) {
    check(channels == taken, op, ": weight of shape ", weight, " takes ", taken,
          " input channels, but input of shape ", input, " has ", channels);
  } else {
    check(channels == taken, op, ": weight of shape ", weight, " takes ", taken,
          " input channels in ", w.groups, " groups, but input of shape ", input, " has ",
          channels);
  }
  for (int i = 0; i < 2; ++i) {
    ConvAxis& axis = i == 0 ? args.y : args.x;
    axis.in = size_of(input, axes, i);
    axis.kernel = size_of(weight, axes, i);
    axis.stride = w.stride[i];
    axis.dilation = w.dilation[i];
    axis.before = w.before[i];
    const int64_t extent = checked_mul(axis.kernel - 1, axis.dilation) + 1;
    const int64_t room = checked_add(axis.in, checked_add(w.before[i], w.after[i])) - extent;
    check(room >= 0, op, ": a kernel that spans ", extent, " does not fit ", axis.in,
          " inputs with padding ", w.before[i], " and ", w.after[i], ", input of shape ", input,
          ", weight of shape ", weight);
    axis.out = room / axis.stride + 1;
  }
  return args;
}

/// Leaves out the last positions of the output that `shape` lacks: those that a transposed
/// convolution's output_padding has no input for.
void limit_positions(ConvArgs& args, const Shape& shape, int axes) {
  if (shape.rank() < axes + 1) return;
  args.y.out = std::min(args.y.out, size_of(shape, axes, 0));
  args.x.out = std::min(args.x.out, size_of(shape, axes, 1));
}

std::atomic<bool> highest_precision{false};

/// Time of a Winograd convolution per position written, filter and channel, where implicit GEMM
/// takes 1: the products, and the transforms of tiles on either side. Tiles that hang over the edge
/// are computed whole. The figures are those of bench_conv.py's shapes, at one thread.
double winograd_cost(const ConvArgs& args, int64_t m, double products, double transforms,
                     bool backward = false) {
  const auto waste = [m, backward](const ConvAxis& a) {
    const int64_t n = backward ? a.in : a.out;
    return double((n + m - 1) / m * m) / double(n);
  };
  return waste(args.y) * waste(args.x) *
         (products + transforms * (1.0 / double(args.channels) + 1.0 / double(args.filters)));
}

/// The same of a line, in tiles of four outputs one dilation apart; above 1 where the algorithm
/// does not apply or gains nothing. Of dilations 2 and 3 a vector would hold too many runs; shorter
/// lines take as long as their weights to transform (64 channels at one thread: 64 positions 1.01
/// of the speed, 32 0.6).
double winograd_line_cost(const ConvArgs& args, bool backward) {
  const int64_t d = args.x.dilation, n = backward ? args.x.in : args.x.out, tile = 4 * d;
  if (!is_line_of_three(args.y, args.x) || d == 2 || d == 3 || n < 64) return 2.0;
  // Neighbours have to be dealt out to tiles.
  const double transforms = d == 1 && running_isa() != Isa::V4 ? 4 : 3;
  return double((n + tile - 1) / tile * tile) / double(n) *
         (0.5 + transforms * (1.0 / double(args.channels) + 1.0 / double(args.filters)));
}

/// The same for the weight gradient, whose sums are transformed once: of few positions that takes
/// as long as their products.
double winograd_weight_cost(const ConvArgs& args, bool line) {
  const auto waste = [](int64_t n) { return double((n + 3) / 4 * 4) / double(n); };
  const double transforms = 3.0 / double(args.channels) + 1.5 / double(args.filters);
  if (line) {
    const double tiles = waste(args.x.out / args.x.dilation);
    const double positions = double(args.images * args.x.out);
    return tiles * (0.55 + 2 * transforms) + 50 / positions;
  }
  const double positions = double(args.images * args.y.out * args.x.out);
  return waste(args.y.out) * waste(args.x.out) * (0.25 + transforms) + 40 / positions;
}

/// Whether a convolution that writes `channels` a group, `width` positions side by side and each by
/// `taps` values of a channel, does better without a product. bench_conv.py's few channels.
bool few_channels(int64_t channels, int64_t taps, int64_t width) {
  return channels <= 4 && taps >= 9 && width >= 12;
}

/// Whether a group has so few pairs of channels that a packed column would be used too few times.
bool few_pairs(const ConvArgs& args) { return args.channels * args.filters <= 4; }

/// How a convolution and its data gradient are computed. Shapes alone decide, and never the number
/// of images, so that an image's bits do not depend on its batch.
///
///   channels × filters of a group ≤ 4         direct: few_pairs
///   a group writes at most 4 channels, by     the same
///   many taps, in rows that fill vectors
///   3×3, stride 1, dilation 1, float32        Winograd, by the smaller cost, if it is below 1,
///   1-d, 3 taps, stride 1, float32            but for SSE
///   else                                      implicit GEMM
const ConvKernels& plan(const char* op, const ConvArgs& args, bool few, Device device,
                        bool backward = false) {
  if (few_pairs(args) || few) return conv_direct_table(op, device);
  const bool winograd =
      args.dtype == DType::Float32 && conv_winograd4_table(op, device).forward.run;
  if (winograd && is_three(args.y) && is_three(args.x)) {
    const double large = highest_precision.load(std::memory_order_relaxed)
                             ? 1.0
                             : winograd_cost(args, 4, 0.25, 3, backward);
    const double small = winograd_cost(args, 2, 0.45, 4, backward);
    if (large < 1.0 && large <= small) return conv_winograd4_table(op, device);
    if (small < 1.0) return conv_winograd2_table(op, device);
  }
  if (winograd && !highest_precision.load(std::memory_order_relaxed) &&
      winograd_line_cost(args, backward) < 1.0)
    return conv_winograd4_line_table(op, device);
  return conv_table(op, device);
}
const ConvKernels& forward_plan(const char* op, const ConvArgs& args, Device device) {
  const int64_t taps = args.y.kernel * args.x.kernel;
  return plan(op, args, few_channels(args.filters, taps, args.x.out), device);
}
const ConvKernels& data_plan(const char* op, const ConvArgs& args, Device device) {
  const ConvAxis &y = args.y, &x = args.x;
  const int64_t taps = y.kernel * x.kernel / (y.stride * x.stride);
  return plan(op, args, few_channels(args.channels, taps, x.in / x.stride), device, true);
}
/// The same for its weight gradient, which sums over images: their number counts here.
const ConvKernels& weight_plan(const char* op, const ConvArgs& args, Device device) {
  // Columns of so few terms would leave a panel empty in part, and be packed for a tile or two.
  const bool few = args.dtype == DType::Float32 && running_isa() == Isa::V4 && args.groups == 1 &&
                   is_three(args.y) && is_three(args.x) && args.channels <= 3 && args.x.out >= 12;
  if (few_pairs(args) || few) return conv_direct_table(op, device);
  if (args.dtype == DType::Float32 && !highest_precision.load(std::memory_order_relaxed)) {
    const bool square = is_three(args.y) && is_three(args.x);
    const bool line = is_line_of_three(args.y, args.x);
    const ConvKernels& winograd =
        line ? conv_winograd4_line_table(op, device) : conv_winograd4_table(op, device);
    if ((square || line) && winograd.weight_gradient.run && winograd_weight_cost(args, line) < 1.0)
      return winograd;
  }
  return conv_table(op, device);
}

/// Runs an entry on contiguous arrays (`used`, whose addresses args has), with its workspace.
template <class... Used>
void run(const char* op, const ConvEntry& entry, ConvArgs& args, Device device,
         const Used&... used) {
  const int64_t bytes = entry.workspace(args);
  const StorageRef workspace = bytes > 0 ? allocate(size_t(bytes), device) : StorageRef();
  args.workspace = workspace ? workspace->data : nullptr;
  launch(op, device, [args, kernel = entry.run] { kernel(args); }, workspace, used...);
}

/// Output of the sizes in args.
Array run_forward(const char* op, int axes, const Array& x, const Array& weight, const Array* bias,
                  ConvArgs& args) {
  Array out = Array::empty(with_sizes(x.shape(), axes, weight.size(0), args.y.out, args.x.out),
                           x.dtype(), x.device());
  const Array input = x.contiguous(), kernel = weight.contiguous();
  const Array shift = bias ? bias->contiguous() : Array();
  args.input = input.data();
  args.weight = kernel.data();
  args.bias = bias ? shift.data() : nullptr;
  args.output = out.data();
  if (out.numel() > 0)
    run(op, forward_plan(op, args, x.device()).forward, args, x.device(), input, kernel, shift,
        out);
  return out;
}

Array conv(const char* op, int axes, const Array& x, const Array& weight, const Array* bias,
           const Shape& stride, const Shape& padding, const Shape& dilation, int64_t groups) {
  check_dtypes(op, x, weight, bias);
  const Window w = window(op, axes, stride, padding, dilation, groups);
  ConvArgs args = convolution(op, x.shape(), weight.shape(), x.dtype(), w);
  check_bias(op, bias, weight.shape(), weight.size(0));
  return run_forward(op, axes, x, weight, bias, args);
}

/// out (of shape `input`) = what flows back from g through the weight.
Array data_gradient(const char* op, const Array& g, const Array& weight, const Array* bias,
                    const Shape& input, ConvArgs& args) {
  Array out = Array::empty(input, g.dtype(), g.device());
  const Array from = g.contiguous(), kernel = weight.contiguous();
  const Array shift = bias ? bias->contiguous() : Array();
  args.output = from.data();
  args.weight = kernel.data();
  args.bias = bias ? shift.data() : nullptr;
  args.input = out.data();
  if (out.numel() > 0)
    run(op, data_plan(op, args, g.device()).data_gradient, args, g.device(), from, kernel, shift,
        out);
  return out;
}

Array conv_transpose(const char* op, int axes, const Array& x, const Array& weight,
                     const Array* bias, const Shape& stride, const Shape& padding,
                     const Shape& output_padding, int64_t groups, const Shape& dilation) {
  check_dtypes(op, x, weight, bias);
  check_ranks(op, axes, x.shape(), weight.shape());
  const Window w = window(op, axes, stride, padding, dilation, groups);
  const Shape extra = per_axis(op, "output_padding", output_padding, axes, 0, 0);
  const int64_t channels = channels_of(x.shape(), axes);
  check(channels == weight.size(0), op, ": weight of shape ", weight.shape(), " takes ",
        weight.size(0), " input channels, but input of shape ", x.shape(), " has ", channels);
  int64_t sizes[2];
  for (int i = 0; i < 2; ++i) {
    const int64_t in = size_of(x.shape(), axes, i), kernel = size_of(weight.shape(), axes, i);
    check(in > 0, op, ": input of shape ", x.shape(), " has no positions");
    check(extra[i] < w.stride[i] || extra[i] < w.dilation[i] || extra[i] == 0, op,
          ": output_padding ", extra[i], " must be smaller than the stride ", w.stride[i],
          " or the dilation ", w.dilation[i]);
    const int64_t whole =
        checked_add(checked_mul(in - 1, w.stride[i]), checked_mul(kernel - 1, w.dilation[i]));
    sizes[i] = checked_add(whole, extra[i] + 1) - checked_add(w.before[i], w.after[i]);
    check(sizes[i] > 0, op, ": nothing is left of input of shape ", x.shape(), " with padding ",
          w.before[i], ", weight of shape ", weight.shape());
  }
  const int64_t filters = checked_mul(weight.size(1), groups);
  check_bias(op, bias, weight.shape(), filters);
  const Shape out = with_sizes(x.shape(), axes, filters, sizes[0], sizes[1]);
  // The convolution that takes the result back to x; output_padding is what its stride left over.
  ConvArgs args = convolution(op, out, weight.shape(), x.dtype(), w);
  limit_positions(args, x.shape(), axes);
  return data_gradient(op, x, weight, bias, out, args);
}

}  // namespace

Array conv1d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
             const Shape& padding, const Shape& dilation, int64_t groups) {
  return conv("conv1d", 1, x, weight, bias, stride, padding, dilation, groups);
}
Array conv2d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
             const Shape& padding, const Shape& dilation, int64_t groups) {
  return conv("conv2d", 2, x, weight, bias, stride, padding, dilation, groups);
}

Array conv_transpose1d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
                       const Shape& padding, const Shape& output_padding, int64_t groups,
                       const Shape& dilation) {
  return conv_transpose("conv_transpose1d", 1, x, weight, bias, stride, padding, output_padding,
                        groups, dilation);
}
Array conv_transpose2d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
                       const Shape& padding, const Shape& output_padding, int64_t groups,
                       const Shape& dilation) {
  return conv_transpose("conv_transpose2d", 2, x, weight, bias, stride, padding, output_padding,
                        groups, dilation);
}

Array conv_data_gradient(const Array& g, const Array& weight, const Shape& input,
                         const Shape& stride, const Shape& padding, const Shape& dilation,
                         int64_t groups, int axes) {
  const char* op = "conv_data_gradient";
  check_dtypes(op, g, weight, nullptr);
  ConvArgs args = convolution(op, input, weight.shape(), g.dtype(),
                              window(op, axes, stride, padding, dilation, groups));
  check_gradient(op, g, with_sizes(input, axes, weight.size(0), args.y.out, args.x.out));
  return data_gradient(op, g, weight, nullptr, input, args);
}

namespace {

/// The gradient of the weight; and of the bias, if it is not null.
Array weight_gradient(const Array& g, const Array& x, const Shape& weight, const Shape& stride,
                      const Shape& padding, const Shape& dilation, int64_t groups, int axes,
                      Array* bias) {
  const char* op = "conv_weight_gradient";
  check_dtypes(op, x, g, nullptr);
  ConvArgs args = convolution(op, x.shape(), weight, g.dtype(),
                              window(op, axes, stride, padding, dilation, groups));
  limit_positions(args, g.shape(), axes);
  check_gradient(op, g, with_sizes(x.shape(), axes, weight[0], args.y.out, args.x.out));
  if (g.numel() == 0) {
    if (bias) *bias = Array::zeros({weight[0]}, g.dtype(), g.device());
    return Array::zeros(weight, g.dtype(), g.device());
  }
  Array out = Array::empty(weight, g.dtype(), g.device());
  const Array sums = bias ? Array::empty({weight[0]}, g.dtype(), g.device()) : Array();
  const Array from = g.contiguous(), input = x.contiguous();
  args.output = from.data();
  args.input = input.data();
  args.weight = out.data();
  args.bias = bias ? sums.data() : nullptr;
  run(op, weight_plan(op, args, g.device()).weight_gradient, args, g.device(), from, input, out,
      sums);
  if (bias) *bias = sums;
  return out;
}

}  // namespace

Array conv_weight_gradient(const Array& g, const Array& x, const Shape& weight, const Shape& stride,
                           const Shape& padding, const Shape& dilation, int64_t groups, int axes) {
  return weight_gradient(g, x, weight, stride, padding, dilation, groups, axes, nullptr);
}
std::tuple<Array, Array> conv_parameter_gradients(const Array& g, const Array& x,
                                                  const Shape& weight, const Shape& stride,
                                                  const Shape& padding, const Shape& dilation,
                                                  int64_t groups, int axes) {
  Array bias;
  Array out = weight_gradient(g, x, weight, stride, padding, dilation, groups, axes, &bias);
  return {out, bias};
}

Array conv_transpose_data_gradient(const Array& g, const Array& weight, const Shape& input,
                                   const Shape& stride, const Shape& padding, const Shape& dilation,
                                   int64_t groups, int axes) {
  const char* op = "conv_transpose_data_gradient";
  check_dtypes(op, g, weight, nullptr);
  ConvArgs args = convolution(op, g.shape(), weight.shape(), g.dtype(),
                              window(op, axes, stride, padding, dilation, groups));
  limit_positions(args, input, axes);
  return run_forward(op, axes, g, weight, nullptr, args);
}

namespace {

/// Ways to compute a convolution with a packed weight, as pack_conv numbers them.
enum class PackedPlan : int64_t {
  Direct,
  Gemm,
  Winograd2,
  Winograd4,
  Pixels,
  Winograd2Pixels,
  Winograd4Pixels,
  Winograd4Line,
};

const ConvKernels& table_of(PackedPlan plan, const char* op, Device device) {
  switch (plan) {
    case PackedPlan::Direct:
      return conv_direct_table(op, device);
    case PackedPlan::Winograd2:
      return conv_winograd2_table(op, device);
    case PackedPlan::Winograd4:
      return conv_winograd4_table(op, device);
    case PackedPlan::Pixels:
      return conv_pixels_table(op, device);
    case PackedPlan::Winograd2Pixels:
      return conv_winograd2_pixels_table(op, device);
    case PackedPlan::Winograd4Pixels:
      return conv_winograd4_pixels_table(op, device);
    case PackedPlan::Winograd4Line:
      return conv_winograd4_line_table(op, device);
    default:
      return conv_table(op, device);
  }
}

/// As conv1d and conv2d would, but for few positions, where weights take longer to come than they
/// are used:
///
///   fewer tiles of 4×4 than a panel     Winograd's tiles of 2×2, whose weights are half as many
///   has columns
///   implicit GEMM of up to 208          positions as rows: 0.7–0.9 of the time at 14×14 and 7×7;
///   positions                           as fast at 28×28
///   Winograd's 2×2 of up to 64, in      the same: 0.75 at 512 channels of 7×7 (AVX2: 1.1)
///   vectors of 16
///   32 of Winograd's tiles or more,     tiles as rows: 0.65–0.95 of the time; with fewer than 64
///   in vectors of 16                    channels, or many tiles for its channels, up to 1.6
PackedPlan plan_packed(const ConvArgs& args, Device device) {
  const ConvKernels* chosen = &forward_plan("conv", args, device);
  const bool winograd = chosen == &conv_winograd4_table("conv", device) ||
                        chosen == &conv_winograd2_table("conv", device);
  const bool wide = running_isa() == Isa::V4;
  const int64_t positions = args.images * args.y.out * args.x.out;
  const int64_t depth = args.channels * args.y.kernel * args.x.kernel;
  // Positions are read again for each panel of weights, and are to stay in L2: of 14×14 and 256
  // channels with 3×3 they do not, which takes 1.15 of implicit GEMM's time.
  const bool as_rows =
      args.dtype == DType::Float32 && args.filters >= 64 && positions * depth <= 1 << 18;
  if (as_rows && chosen == &conv_table("conv", device) && positions <= 208)
    return PackedPlan::Pixels;
  if (as_rows && winograd && wide && positions <= 64) return PackedPlan::Pixels;
  const int64_t large_tiles = args.images * ((args.y.out + 3) / 4) * ((args.x.out + 3) / 4);
  PackedPlan plan = PackedPlan::Gemm;
  for (PackedPlan candidate : {PackedPlan::Direct, PackedPlan::Winograd2, PackedPlan::Winograd4,
                               PackedPlan::Winograd4Line})
    if (chosen == &table_of(candidate, "conv", device)) plan = candidate;
  const bool small_tiles = large_tiles < (wide ? 32 : 16) && winograd_cost(args, 2, 0.45, 4) < 1.0;
  if (plan == PackedPlan::Winograd4 && small_tiles) plan = PackedPlan::Winograd2;
  if (wide && (plan == PackedPlan::Winograd2 || plan == PackedPlan::Winograd4) &&
      std::min(args.channels, args.filters) >= 64) {
    const bool large = plan == PackedPlan::Winograd4;
    const int64_t tiles =
        large ? large_tiles : args.images * ((args.y.out + 1) / 2) * ((args.x.out + 1) / 2);
    if (tiles >= 32 && tiles <= 2 * args.channels)
      return large ? PackedPlan::Winograd4Pixels : PackedPlan::Winograd2Pixels;
  }
  return plan;
}

/// Winograd's plans are for one kind of window; pack_conv is asked about the kernel alone.
void check_plan(const char* op, int64_t plan, const ConvArgs& args) {
  check(plan >= 0 && plan <= int64_t(PackedPlan::Winograd4Line), op, ": there is no plan ", plan);
  check(plan != int64_t(PackedPlan::Pixels) || args.dtype == DType::Float32, op, ": plan ", plan,
        " is for float32");
  const bool winograd =
      plan == int64_t(PackedPlan::Winograd2) || plan == int64_t(PackedPlan::Winograd4) ||
      plan == int64_t(PackedPlan::Winograd2Pixels) || plan == int64_t(PackedPlan::Winograd4Pixels);
  check(plan != int64_t(PackedPlan::Winograd4Line) ||
            (args.dtype == DType::Float32 && is_line_of_three(args.y, args.x)),
        op, ": plan ", plan, " is for float32 and three taps of a line at stride 1");
  check(!winograd || (args.dtype == DType::Float32 && is_three(args.y) && is_three(args.x)), op,
        ": plan ", plan, " is for float32, kernels of 3 by 3, stride 1 and dilation 1");
}

const char* name_of(int axes) { return axes == 1 ? "conv1d" : "conv2d"; }

}  // namespace

int64_t conv_plan(const Shape& input, const Array& weight, const Shape& stride,
                  const Shape& padding, const Shape& dilation, int64_t groups, int axes) {
  const char* op = name_of(axes);
  check_dtypes(op, weight, weight, nullptr);
  const ConvArgs args = convolution(op, input, weight.shape(), weight.dtype(),
                                    window(op, axes, stride, padding, dilation, groups));
  return int64_t(plan_packed(args, weight.device()));
}

Array pack_conv(const Array& weight, int64_t plan, int64_t groups, int axes) {
  const char* op = name_of(axes);
  check_dtypes(op, weight, weight, nullptr);
  check(weight.rank() == axes + 2 && groups > 0, op, ": weight of shape ", weight.shape(), " has ",
        weight.rank(), " dimensions, expected ", axes + 2);
  // An input that the kernel just fits stands for all others: the packing does not depend on it.
  Shape input = weight.shape();
  input[0] = 1;
  input[1] = checked_mul(weight.size(1), groups);
  ConvArgs args = convolution(op, input, weight.shape(), weight.dtype(),
                              window(op, axes, {1}, {0}, {1}, groups));
  check_plan(op, plan, args);
  const ConvKernels& table = table_of(PackedPlan(plan), op, weight.device());
  check(table.forward.run, op, ": plan ", plan, " is not for ", name(running_isa()));
  if (!table.pack) return weight.copy();
  const Array from = weight.contiguous();
  const Array packed = Array::empty({table.packed_bytes(args)}, DType::UInt8, weight.device());
  args.weight = from.data();
  launch(
      op, weight.device(), [args, to = packed.data(), kernel = table.pack] { kernel(args, to); },
      from, packed);
  return packed;
}

Array conv_packed(const Array& x, const Array& packed, int64_t plan, const Shape& weight,
                  const Array* bias, const Array* residual, const char* finish, double slope,
                  const Shape& stride, const Shape& padding, const Shape& dilation, int64_t groups,
                  int axes, const std::optional<bool>& into_residual) {
  const char* op = name_of(axes);
  check_dtypes(op, x, x, bias);
  ConvArgs args = convolution(op, x.shape(), weight, x.dtype(),
                              window(op, axes, stride, padding, dilation, groups));
  check_bias(op, bias, weight, weight[0]);
  check_plan(op, plan, args);
  check(args.y.in > 0 && args.x.in > 0, op, ": input of shape ", x.shape(), " has no positions");
  const ConvKernels& table = table_of(PackedPlan(plan), op, x.device());
  const bool fits =
      table.forward.run && packed.is_contiguous() &&
      (table.pack ? packed.dtype() == DType::UInt8 && packed.numel() == table.packed_bytes(args)
                  : packed.dtype() == x.dtype() && packed.shape() == weight);
  if (!fits)
    fail(ErrorKind::Runtime, op, ": the packed weight is not one of shape ", weight, " for plan ",
         plan, " on ", name(running_isa()));
  const Shape shape = with_sizes(x.shape(), axes, weight[0], args.y.out, args.x.out);
  Array added;
  if (residual) {
    check_type(residual->dtype() == x.dtype(), op, ": residual is ", residual->dtype(),
               " but input is ", x.dtype());
    check(residual->shape() == shape, op, ": residual of shape ", residual->shape(),
          " for a result of shape ", shape);
    added = residual->contiguous();
  }
  const bool over = residual && into_residual.value_or(false) && table.pack &&
                    added.storage().get() != x.storage().get() && !added.storage()->readonly;
  Array out = over ? added : Array::empty(shape, x.dtype(), x.device());
  const Array input = x.contiguous(), shift = bias ? bias->contiguous() : Array();
  args.input = input.data();
  if (table.pack)
    args.packed = packed.data();
  else
    args.weight = packed.data();
  args.bias = bias ? shift.data() : nullptr;
  args.residual = residual ? added.data() : nullptr;
  args.finish = finish_of(finish);
  args.slope = slope;
  args.output = out.data();
  if (out.numel() > 0) run(op, table.forward, args, x.device(), input, packed, shift, added, out);
  return out;
}

void set_float32_conv_precision(const char* precision) {
  const std::string_view wanted = precision;
  check(wanted == "high" || wanted == "highest",
        "set_float32_conv_precision: expected \"high\" or \"highest\", got \"", wanted, "\"");
  highest_precision.store(wanted == "highest", std::memory_order_relaxed);
}
const char* float32_conv_precision() {
  return highest_precision.load(std::memory_order_relaxed) ? "highest" : "high";
}

Array conv_bias_gradient(const Array& g, int axes) {
  Shape summed;
  for (int i = 0; i < g.rank(); ++i)
    if (i != g.rank() - axes - 1) summed.push_back(i);
  return sum(g, summed, false, std::nullopt);
}

}  // namespace gm::ops
