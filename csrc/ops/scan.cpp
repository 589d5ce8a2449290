#include "ops/scan.h"

#include "core/error.h"
#include "core/launch.h"
#include "kernels/scan.h"
#include "ops/binary.h"
#include "ops/index_places.h"

namespace gm::ops {

namespace {

/// Sizes before, along and after an axis; a 0-d array is one element along axis 0.
struct Split {
  int64_t outer = 1, length = 1, inner = 1;
};

Split split(const char* op, const Array& x, int axis) {
  Split s;
  const int at = normalize_axis(op, axis, x.rank() ? x.rank() : 1);
  for (int i = 0; i < x.rank(); ++i) (i < at ? s.outer : i == at ? s.length : s.inner) *= x.size(i);
  return s;
}

using Entry = void (*ScanKernels::*)(const ScanArgs&);

const ScanKernels& table_for(const char* op, const Array& x) {
  return is_float(x.dtype()) ? scan_table(op, x.device()) : scan_integer_table(op, x.device());
}

Array accumulate(const char* op, Entry entry, const Array& x, int axis, bool reverse,
                 const std::optional<DType>& dtype) {
  const Split s = split(op, x, axis);
  const bool natural = is_float(x.dtype()) || x.dtype() == DType::UInt64;
  const DType result = dtype.value_or(natural ? x.dtype() : DType::Int64);
  const DType compute = is_float(result)          ? compute_dtype(result)
                        : result == DType::UInt64 ? DType::UInt64
                                                  : DType::Int64;
  const Array in = x.astype(compute).contiguous();
  const Array out = Array::empty(x.shape(), compute, x.device());
  const ScanArgs args{in.data(), out.data(), compute, s.outer, s.length, s.inner, reverse, nullptr};
  launch(op, x.device(), [args, kernel = table_for(op, in).*entry] { kernel(args); }, in, out);
  return out.astype(result);
}

std::tuple<Array, Array> extreme(const char* op, Entry entry, const Array& x, int axis) {
  const Split s = split(op, x, axis);
  // As bytes of 0 and 1: a bool from outside may hold others.
  const DType compute = x.dtype() == DType::Bool ? DType::UInt8 : compute_dtype(x.dtype());
  const Array in = x.astype(compute).contiguous();
  const Array out = Array::empty(x.shape(), in.dtype(), x.device());
  const Array index = Array::empty(x.shape(), DType::Int64, x.device());
  const ScanArgs args{in.data(), out.data(), in.dtype(), s.outer,
                      s.length,  s.inner,    false,      index.address<int64_t>()};
  launch(
      op, x.device(), [args, kernel = table_for(op, in).*entry] { kernel(args); }, in, out, index);
  return {out.astype(x.dtype()), index};
}

}  // namespace

Array cumsum(const Array& x, int axis, bool reverse, const std::optional<DType>& dtype) {
  return accumulate("cumsum", &ScanKernels::sum, x, axis, reverse, dtype);
}
Array cumprod(const Array& x, int axis, const std::optional<DType>& dtype) {
  return accumulate("cumprod", &ScanKernels::prod, x, axis, false, dtype);
}
std::tuple<Array, Array> cummax(const Array& x, int axis) {
  return extreme("cummax", &ScanKernels::max, x, axis);
}
std::tuple<Array, Array> cummin(const Array& x, int axis) {
  return extreme("cummin", &ScanKernels::min, x, axis);
}

Array diff(const Array& x, int axis) {
  check(x.rank() > 0, "diff: expected at least one dimension, got a 0-d array");
  const int at = normalize_axis("diff", axis, x.rank());
  const int64_t n = x.size(at) > 0 ? x.size(at) - 1 : 0;
  const Array after = x.slice(at, 1, n, 1), before = x.slice(at, 0, n, 1);
  if (x.dtype() == DType::Bool) return bitwise_xor(after, before);
  return subtract(after, before);
}

Array diff_backward(const Array& g, int axis) {
  const int at = normalize_axis("diff", axis, g.rank());
  const int64_t n = g.size(at);
  Shape shape = g.shape();
  ++shape[at];
  const Array out = Array::zeros(shape, g.dtype(), g.device());
  copy_into(out.slice(at, 1, n, 1), g);
  const Array before = out.slice(at, 0, n, 1);
  subtract(before, g, &before);
  return out;
}

Array cumprod_backward(const Array& g, const Array& x, int axis) {
  const Split s = split("cumprod", x, axis);
  const Array in = x.astype(compute_dtype(x.dtype())).contiguous();
  const Array from = g.astype(in.dtype()).contiguous();
  const Array out = Array::empty(x.shape(), in.dtype(), x.device());
  const ProductScanGradient args{in.data(), from.data(), out.data(), in.dtype(),
                                 s.outer,   s.length,    s.inner};
  const auto kernel = scan_table("cumprod", x.device()).prod_gradient;
  launch("cumprod", x.device(), [=] { kernel(args); }, in, from, out);
  return out;
}

Array cumulative_index_backward(const Array& g, const Array& index, int axis) {
  check_on_host("cummax", index.device());
  const Split s = split("cummax", index, axis);
  const Array from = g.astype(compute_dtype(g.dtype())).contiguous();
  const Array out = Array::zeros(g.shape(), from.dtype(), g.device());
  check_range("cummax", index, normalize_axis("cummax", axis, index.rank() ? index.rank() : 1),
              s.length);  // NumPy may have written into the result's indices
  const auto add = [s, where = index.data<int64_t>()](auto* to, const auto* source) {
    for (int64_t o = 0; o < s.outer; ++o)
      for (int64_t i = 0; i < s.length; ++i)
        for (int64_t j = 0; j < s.inner; ++j) {
          const int64_t at = (o * s.length + i) * s.inner + j;
          const int64_t place = where[at] + (where[at] < 0 ? s.length : 0);
          to[(o * s.length + place) * s.inner + j] += source[at];
        }
  };
  launch(
      "cummax", g.device(),
      [add](const Array& sums, const Array& g, const Array&) {
        if (g.dtype() == DType::Float64)
          add(sums.data<double>(), g.data<double>());
        else
          add(sums.data<float>(), g.data<float>());
      },
      out, from, index);
  return out;
}

}  // namespace gm::ops
