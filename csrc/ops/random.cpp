#include "ops/random.h"

#include "core/error.h"
#include "core/launch.h"
#include "kernels/random.h"

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

void check_float(const char* op, DType dtype) {
  check_type(dtype == DType::Float32 || dtype == DType::Float64, op,
             ": expected float32 or float64, got ", dtype);
}

}  // namespace

Array uniform(const Shape& shape, DType dtype, int64_t seed, int64_t offset, double low,
              double high) {
  check_float("uniform", dtype);
  check(low <= high, "uniform: low ", low, " is above high ", high);
  Array out = Array::empty(shape, dtype);
  DrawArgs args = draw(out, seed, offset);
  args.low = low;
  args.high = high;
  launch(
      "uniform", out.device(),
      [args, kernel = random_draws_table("uniform", {}).uniform] { kernel(args); }, out);
  return out;
}

Array normal(const Shape& shape, DType dtype, int64_t seed, int64_t offset, double mean,
             double deviation) {
  check_float("normal", dtype);
  check(deviation >= 0, "normal: standard deviation ", deviation, " is negative");
  Array out = Array::empty(shape, dtype);
  DrawArgs args = draw(out, seed, offset);
  args.low = mean;
  args.high = deviation;
  launch(
      "normal", out.device(),
      [args, kernel = random_draws_table("normal", {}).normal] { kernel(args); }, out);
  return out;
}

Array integers(const Shape& shape, int64_t seed, int64_t offset, int64_t low, int64_t high) {
  check(low < high, "randint: low ", (long long)low, " is not below high ", (long long)high);
  Array out = Array::empty(shape, DType::Int64);
  DrawArgs args = draw(out, seed, offset);
  args.integer_low = low;
  args.integer_range = uint64_t(high) - uint64_t(low);
  launch(
      "randint", out.device(),
      [args, kernel = random_draws_table("randint", {}).integers] { kernel(args); }, out);
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
