#include "ops/pool.h"

#include "core/error.h"
#include "core/launch.h"
#include "core/placement.h"
#include "kernels/pool.h"

namespace gm::ops {

namespace {

/// A window parameter as one number per pooled axis, (1, n) for 1-d.
Shape per_axis(const char* op, const char* what, const Shape& given, int axes, int64_t unused) {
  check(given.rank() == 1 || given.rank() == axes, op, ": ", what, " must be one number",
        axes == 2 ? " or two" : "", ", got ", given.rank());
  if (axes == 1) return {unused, given[0]};
  return given.rank() == 1 ? Shape{given[0], given[0]} : given;
}

struct Window {
  Shape kernel, stride, padding, dilation;
  bool ceil_mode;
};

Window window(const char* op, int axes, const Shape& kernel, const std::optional<Shape>& stride,
              const Shape& padding, const Shape& dilation, bool ceil_mode) {
  Window w{per_axis(op, "kernel_size", kernel, axes, 1),
           {},
           per_axis(op, "padding", padding, axes, 0),
           per_axis(op, "dilation", dilation, axes, 1),
           ceil_mode};
  w.stride = stride && stride->rank() ? per_axis(op, "stride", *stride, axes, 1) : w.kernel;
  for (int i = 2 - axes; i < 2; ++i) {
    check(w.kernel[i] > 0, op, ": kernel_size must be positive, got ", kernel);
    check(w.stride[i] > 0, op, ": stride must be positive, got ", w.stride[i]);
    check(w.dilation[i] > 0, op, ": dilation must be positive, got ", dilation);
    check(w.padding[i] >= 0 && w.padding[i] <= w.kernel[i] / 2, op, ": padding ", w.padding[i],
          " must lie between 0 and half the kernel size ", w.kernel[i]);
  }
  return w;
}

/// The planes of an input of shape (…, [y,] x), checked. Sizes of 0 are allowed before the planes.
PoolArgs planes(const char* op, const Shape& input, DType dtype, int axes) {
  check_type(dtype == DType::Float32 || dtype == DType::Float64, op,
             ": expected float32 or float64, got ", dtype);
  const int lead = input.rank() - axes;
  check(lead == 1 || lead == 2, op, ": input of shape ", input, " has ", input.rank(),
        " dimensions, expected ", axes + 1, " (channels first) or ", axes + 2, " (batch first)");
  PoolArgs args{};
  args.dtype = dtype;
  args.planes = 1;
  for (int i = 0; i < lead; ++i) args.planes = checked_mul(args.planes, input[i]);
  args.y.in = axes == 2 ? input[lead] : 1;
  args.x.in = input[input.rank() - 1];
  check(args.y.in > 0 && args.x.in > 0, op, ": input of shape ", input, " has no elements to pool");
  return args;
}

/// Output positions of the window, checked to hold an input each.
void slide(const char* op, const Shape& input, PoolAxis& axis, const Window& w, int i) {
  axis.kernel = w.kernel[i];
  axis.stride = w.stride[i];
  axis.padding = w.padding[i];
  axis.dilation = w.dilation[i];
  const int64_t extent = checked_mul(axis.kernel - 1, axis.dilation) + 1;
  const int64_t room = axis.in + 2 * axis.padding - extent;
  check(room >= 0 || (w.ceil_mode && room + axis.stride > 0), op, ": a window of ", extent,
        " does not fit ", axis.in, " inputs with padding ", axis.padding, ", input of shape ",
        input);
  axis.out = (room + (w.ceil_mode ? axis.stride - 1 : 0)) / axis.stride + 1;
  if (w.ceil_mode && (axis.out - 1) * axis.stride >= axis.in + axis.padding) --axis.out;
  if (axis.out == 1) axis.stride = 1;  // of no effect, but kernels cut lines into `stride` parts
  if (axis.dilation == 1) return;
  for (int64_t j = 0; j < axis.out; ++j) {
    // The first tap at or after position 0.
    int64_t tap = j * axis.stride - axis.padding;
    if (tap < 0) tap += (-tap + axis.dilation - 1) / axis.dilation * axis.dilation;
    check(tap < axis.in && tap < j * axis.stride - axis.padding + extent, op, ": the window at ", j,
          " lies in padding alone, input of shape ", input);
  }
}

void slide(const char* op, const Shape& input, PoolArgs& args, const Window& w) {
  slide(op, input, args.y, w, 0);
  slide(op, input, args.x, w, 1);
}

/// Output sizes of adaptive pooling; −1 keeps the input's.
void adapt(const char* op, PoolArgs& args, const Shape& output, int axes) {
  const Shape size = per_axis(op, "output_size", output, axes, 1);
  args.y.out = size[0] == -1 ? args.y.in : size[0];
  args.x.out = size[1] == -1 ? args.x.in : size[1];
  check(args.y.out >= 0 && args.x.out >= 0, op, ": output_size must not be negative, got ", output);
}

Shape output_shape(const Shape& input, const PoolArgs& args, int axes) {
  Shape shape = input;
  shape[input.rank() - 1] = args.x.out;
  if (axes == 2) shape[input.rank() - 2] = args.y.out;
  return shape;
}

constexpr DType kIndex = DType::Int32, kTap = DType::UInt8;

/// `run(args, notes)` writes the values, and notes of type `noted` unless that is null.
template <class Run>
MaxPooled run_max(const char* op, const Array& given, PoolArgs& args, int axes, const DType* noted,
                  const Run& run) {
  check(args.y.in < (int64_t(1) << 31) / args.x.in, op, ": planes of ", args.y.in, " × ", args.x.in,
        " elements are too large");
  const Array x = given.contiguous();
  const Shape shape = output_shape(x.shape(), args, axes);
  Array out = Array::empty(shape, x.dtype(), x.device());
  Array notes;
  if (noted)
    notes =
        Array::empty(*noted == kTap ? Shape{out.numel() + kTapSlack} : shape, *noted, x.device());
  args.input = x.data();
  args.output = out.data();
  char* to = noted ? notes.data() : nullptr;
  if (out.numel() > 0) launch(op, x.device(), [args, to, run] { run(args, to); }, x, out, notes);
  return {std::move(out), std::move(notes)};
}
MaxPooled max_pool(const char* op, int axes, const Array& x, const Shape& kernel,
                   const std::optional<Shape>& stride, const Shape& padding, const Shape& dilation,
                   bool ceil_mode, int64_t notes) {
  const Window w = window(op, axes, kernel, stride, padding, dilation, ceil_mode);
  PoolArgs args = planes(op, x.shape(), x.dtype(), axes);
  slide(op, x.shape(), args, w);
  const MaxPoolKernels& table = max_pool_table(op, x.device());
  if (notes == kForGradient && table.by_tap && table.by_tap(args))
    return run_max(op, x, args, axes, &kTap, [run = table.window_by_tap](const auto& a, char* to) {
      run(a, reinterpret_cast<uint8_t*>(to));
    });
  return run_max(
      op, x, args, axes, notes == kNoNotes ? nullptr : &kIndex,
      [run = table.window](const auto& a, char* to) { run(a, reinterpret_cast<int32_t*>(to)); });
}

MaxPooled adaptive_max_pool(const char* op, int axes, const Array& x, const Shape& output,
                            bool want_indices) {
  PoolArgs args = planes(op, x.shape(), x.dtype(), axes);
  adapt(op, args, output, axes);
  return run_max(op, x, args, axes, want_indices ? &kIndex : nullptr,
                 [run = max_pool_table(op, x.device()).adaptive](const auto& a, char* to) {
                   run(a, reinterpret_cast<int32_t*>(to));
                 });
}

using Divisor = AverageDivisor;

/// out = kernel(x): `x` is read, a new array of shape `shape` written. Gradients go from output to
/// input.
template <class Kernel>
Array run_average(const char* op, const Array& given, PoolArgs& args, const Shape& shape,
                  bool gradient, Kernel kernel) {
  const Array from = given.contiguous();
  Array to = Array::empty(shape, from.dtype(), from.device());
  args.input = gradient ? to.data() : from.data();
  args.output = gradient ? from.data() : to.data();
  if (to.numel() > 0) launch(op, from.device(), [args, kernel] { kernel(args); }, from, to);
  return to;
}

Array avg_pool(const char* op, int axes, const Array& x, const Shape& kernel,
               const std::optional<Shape>& stride, const Shape& padding, bool ceil_mode,
               Divisor divisor) {
  const Window w = window(op, axes, kernel, stride, padding, {1}, ceil_mode);
  PoolArgs args = planes(op, x.shape(), x.dtype(), axes);
  slide(op, x.shape(), args, w);
  const auto run = average_pool_table(op, x.device()).window;
  return run_average(op, x, args, output_shape(x.shape(), args, axes), false,
                     [=](const PoolArgs& a) { run(a, divisor); });
}

void check_gradient(const char* op, const Array& g, const Shape& expected) {
  check(g.shape() == expected, op, ": gradient of shape ", g.shape(), " for an output of shape ",
        expected);
}

Array avg_pool_gradient(const char* op, int axes, const Array& g, const Shape& input,
                        const Shape& kernel, const std::optional<Shape>& stride,
                        const Shape& padding, bool ceil_mode, Divisor divisor) {
  const Window w = window(op, axes, kernel, stride, padding, {1}, ceil_mode);
  PoolArgs args = planes(op, input, g.dtype(), axes);
  slide(op, input, args, w);
  check_gradient(op, g, output_shape(input, args, axes));
  const auto run = average_pool_table(op, g.device()).window_gradient;
  return run_average(op, g, args, input, true, [=](const PoolArgs& a) { run(a, divisor); });
}

Array adaptive_avg_pool(const char* op, int axes, const Array& x, const Shape& output) {
  PoolArgs args = planes(op, x.shape(), x.dtype(), axes);
  adapt(op, args, output, axes);
  return run_average(op, x, args, output_shape(x.shape(), args, axes), false,
                     average_pool_table(op, x.device()).adaptive);
}

Divisor divide_by(const char* op, bool count_include_pad, int64_t divisor) {
  check(divisor >= 0, op, ": divisor_override must be positive, got ", divisor);
  return {count_include_pad, divisor};
}

}  // namespace

MaxPooled max_pool1d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                     const Shape& padding, const Shape& dilation, bool ceil_mode, int64_t notes) {
  return max_pool("max_pool1d", 1, x, kernel, stride, padding, dilation, ceil_mode, notes);
}
MaxPooled max_pool2d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                     const Shape& padding, const Shape& dilation, bool ceil_mode, int64_t notes) {
  return max_pool("max_pool2d", 2, x, kernel, stride, padding, dilation, ceil_mode, notes);
}
MaxPooled adaptive_max_pool1d(const Array& x, const Shape& output, bool want_indices) {
  return adaptive_max_pool("adaptive_max_pool1d", 1, x, output, want_indices);
}
MaxPooled adaptive_max_pool2d(const Array& x, const Shape& output, bool want_indices) {
  return adaptive_max_pool("adaptive_max_pool2d", 2, x, output, want_indices);
}

Array max_pool_gradient(const Array& g, const Array& indices, const Shape& input, int axes) {
  const char* op = "max_pool_gradient";
  PoolArgs args = planes(op, input, g.dtype(), axes);
  check_gradient(op, g, indices.shape());
  check_type(indices.dtype() == DType::Int32, op, ": indices are ", indices.dtype(),
             ", expected int32");
  bool same_planes = g.rank() == input.rank();
  for (int i = 0; same_planes && i < g.rank() - axes; ++i) same_planes = g.size(i) == input[i];
  check(same_planes, op, ": gradient of shape ", g.shape(), " for an input of shape ", input);
  args.x.out = g.size(g.rank() - 1);
  args.y.out = axes == 2 ? g.size(g.rank() - 2) : 1;
  const Array from = g.contiguous(), where = indices.contiguous();
  Array to = Array::empty(input, g.dtype(), g.device());
  args.input = to.data();
  args.output = from.data();
  const int32_t* argmax = where.address<int32_t>();
  const auto kernel = max_pool_table(op, g.device()).scatter;
  if (to.numel() == 0) return to;
  const Array found = Array::zeros({1}, DType::Int64, g.device());  // 0: of every plane
  launch(
      op, g.device(),
      [args, argmax, kernel, wrong = found.address<int64_t>()] { kernel(args, argmax, wrong); },
      from, where, to, found);
  if (rehearsing()) return to;
  const int64_t wrong = *found.to(Device{}).data<int64_t>();
  check_index(wrong == 0, op, ": index ", (long long)wrong, " is out of range for a plane of ",
              (long long)(args.y.in * args.x.in), " elements");
  return to;
}

Array max_pool_window_gradient(const Array& g, const Array& notes, const Shape& input, int axes,
                               const Shape& kernel, const std::optional<Shape>& stride,
                               const Shape& padding, const Shape& dilation, bool ceil_mode) {
  if (notes.dtype() != kTap) return max_pool_gradient(g, notes, input, axes);
  const char* op = "max_pool_gradient";
  PoolArgs args = planes(op, input, g.dtype(), axes);
  slide(op, input, args, window(op, axes, kernel, stride, padding, dilation, ceil_mode));
  check_gradient(op, g, output_shape(input, args, axes));
  const MaxPoolKernels& table = max_pool_table(op, g.device());
  check(table.gather && g.dtype() == DType::Float32 && args.x.stride == 2 && args.x.kernel <= 3 &&
            args.x.dilation == 1 && args.y.dilation == 1 && args.y.kernel <= 64 &&
            notes.numel() == g.numel() + kTapSlack,
        op, ": ", notes.numel(), " bytes are not the notes of windows of this kind");
  const Array from = g.contiguous(), taps = notes.contiguous();
  Array to = Array::empty(input, g.dtype(), g.device());
  args.input = to.data();
  args.output = from.data();
  if (to.numel() > 0)
    launch(
        op, g.device(),
        [args, at = taps.address<uint8_t>(), gather = table.gather] { gather(args, at); }, from,
        taps, to);
  return to;
}

Array avg_pool1d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                 const Shape& padding, bool ceil_mode, bool count_include_pad) {
  return avg_pool("avg_pool1d", 1, x, kernel, stride, padding, ceil_mode, {count_include_pad, 0});
}
Array avg_pool2d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                 const Shape& padding, bool ceil_mode, bool count_include_pad, int64_t divisor) {
  return avg_pool("avg_pool2d", 2, x, kernel, stride, padding, ceil_mode,
                  divide_by("avg_pool2d", count_include_pad, divisor));
}
Array avg_pool1d_gradient(const Array& g, const Shape& input, const Shape& kernel,
                          const std::optional<Shape>& stride, const Shape& padding, bool ceil_mode,
                          bool count_include_pad) {
  return avg_pool_gradient("avg_pool1d_gradient", 1, g, input, kernel, stride, padding, ceil_mode,
                           {count_include_pad, 0});
}
Array avg_pool2d_gradient(const Array& g, const Shape& input, const Shape& kernel,
                          const std::optional<Shape>& stride, const Shape& padding, bool ceil_mode,
                          bool count_include_pad, int64_t divisor) {
  return avg_pool_gradient("avg_pool2d_gradient", 2, g, input, kernel, stride, padding, ceil_mode,
                           divide_by("avg_pool2d_gradient", count_include_pad, divisor));
}

Array adaptive_avg_pool1d(const Array& x, const Shape& output) {
  return adaptive_avg_pool("adaptive_avg_pool1d", 1, x, output);
}
Array adaptive_avg_pool2d(const Array& x, const Shape& output) {
  return adaptive_avg_pool("adaptive_avg_pool2d", 2, x, output);
}
Array adaptive_avg_pool_gradient(const Array& g, const Shape& input, int axes) {
  const char* op = "adaptive_avg_pool_gradient";
  PoolArgs args = planes(op, input, g.dtype(), axes);
  args.x.out = g.size(g.rank() - 1);
  args.y.out = axes == 2 ? g.size(g.rank() - 2) : 1;
  check_gradient(op, g, output_shape(input, args, axes));
  if (g.numel() == 0) return Array::zeros(input, g.dtype(), g.device());
  return run_average(op, g, args, input, true,
                     average_pool_table(op, g.device()).adaptive_gradient);
}

}  // namespace gm::ops
