#include "ops/random.h"

#include <bit>
#include <cmath>

#include "core/error.h"
#include "core/launch.h"
#include "core/lines.h"
#include "kernels/random.h"
#include "ops/operand.h"

namespace gm::ops {

namespace {

DrawArgs draw(const Array& out, int64_t seed, int64_t offset) {
  DrawArgs args{};
  args.out = out.data();
  args.n = out.numel();
  args.dtype = out.dtype();
  args.seed = uint64_t(seed);
  args.offset = uint64_t(offset);
  return args;
}

/// `high` rounded to a float format (bits Bits), and of its numbers the one before; but `low`
/// rounded where that is none less.
template <class Bits>
double number_below(double high, double low, DType dtype) {
  const auto convert = [](const void* from, DType source, void* to, DType target) {
    copy_line({static_cast<const char*>(from), 1, source, static_cast<char*>(to), 1, target}, 1);
  };
  const auto rounded = [&](double x) {
    Bits bits;
    convert(&x, DType::Float64, &bits, dtype);
    convert(&bits, dtype, &x, DType::Float64);
    return x;
  };
  if (rounded(low) >= rounded(high)) return rounded(low);
  constexpr Bits sign = Bits(Bits(1) << (8 * sizeof(Bits) - 1));
  Bits bits;
  convert(&high, DType::Float64, &bits, dtype);
  if (Bits(bits << 1) == 0)
    bits = Bits(sign | 1);
  else
    bits = Bits(bits & sign ? bits + 1 : bits - 1);
  double below;
  convert(&bits, dtype, &below, DType::Float64);
  return below;
}
double largest_below(double high, double low, DType dtype) {
  switch (itemsize(dtype)) {
    case 2:
      return number_below<uint16_t>(high, low, dtype);
    case 4:
      return number_below<uint32_t>(high, low, dtype);
    default:
      return number_below<uint64_t>(high, low, dtype);
  }
}

void check_float(const char* op, DType dtype) {
  check_type(dtype == DType::Float32 || dtype == DType::Float64, op,
             ": expected float32 or float64, got ", dtype);
}

}  // namespace

Array uniform(const Shape& shape, DType dtype, int64_t seed, int64_t offset, double low,
              double high, Device device) {
  check_type(is_float(dtype), "uniform: expected a float dtype, got ", dtype);
  check(low <= high, "uniform: low ", low, " is above high ", high);
  const DType drawn = compute_dtype(dtype);
  const double width = high - low;
  check(std::isfinite(drawn == DType::Float32 ? double(float(width)) : width), "uniform: from ",
        low, " to ", high, " is too far for ", dtype);
  Array out = Array::empty(shape, drawn, device);
  DrawArgs args = draw(out, seed, offset);
  args.low = low;
  args.high = high;
  args.top = largest_below(high, low, dtype);
  launch(
      "uniform", device,
      [args, kernel = random_draws_table("uniform", device).uniform] { kernel(args); }, out);
  return out.astype(dtype);
}

Array normal(const Shape& shape, DType dtype, int64_t seed, int64_t offset, double mean,
             double deviation, Device device) {
  check_float("normal", dtype);
  check(deviation >= 0, "normal: standard deviation ", deviation, " is negative");
  Array out = Array::empty(shape, dtype, device);
  DrawArgs args = draw(out, seed, offset);
  args.low = mean;
  args.high = deviation;
  launch(
      "normal", device,
      [args, kernel = random_draws_table("normal", device).normal] { kernel(args); }, out);
  return out;
}

Array integers(const Shape& shape, int64_t seed, int64_t offset, int64_t low, int64_t high,
               Device device) {
  check(low < high, "randint: low ", (long long)low, " is not below high ", (long long)high);
  Array out = Array::empty(shape, DType::Int64, device);
  DrawArgs args = draw(out, seed, offset);
  args.integer_low = low;
  args.integer_range = uint64_t(high) - uint64_t(low);
  launch(
      "randint", device,
      [args, kernel = random_draws_table("randint", device).integers] { kernel(args); }, out);
  return out;
}

Array dropout(const Array& x, double p, int64_t seed, int64_t offset) {
  check_float("dropout", x.dtype());
  check(p >= 0 && p <= 1, "dropout: probability ", p, " is not in [0, 1]");
  if (p == 1) return Array::zeros(x.shape(), x.dtype(), x.device());
  const Array from = x.contiguous();
  Array out = Array::empty(x.shape(), x.dtype(), x.device());
  const DropoutArgs args{from.data(),      out.data(), out.numel(), out.dtype(), uint64_t(seed),
                         uint64_t(offset), p};
  const auto kernel = random_draws_table("dropout", x.device()).dropout;
  launch("dropout", x.device(), [=] { kernel(args); }, from, out);
  return out;
}

}  // namespace gm::ops
