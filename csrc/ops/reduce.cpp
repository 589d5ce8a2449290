#include "ops/reduce.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/reduce.h"
#include "ops/binary.h"
#include "ops/create.h"
#include "ops/elementwise.h"
#include "ops/index_places.h"

namespace gm::ops {

namespace {

// ---- axes ---------------------------------------------------------------------------------------

/// Which axes go.
struct Axes {
  bool reduced[kMaxRank] = {};
  int64_t count = 1;  ///< elements that become one
};

Axes read_axes(const char* op, const Shape& shape, const MaybeAxes& axes) {
  Axes result;
  if (!axes) {
    for (int i = 0; i < shape.rank(); ++i) result.reduced[i] = true;
  } else {
    for (const int64_t axis : normalize_axes(op, *axes, shape.rank())) result.reduced[axis] = true;
  }
  for (int i = 0; i < shape.rank(); ++i)
    if (result.reduced[i]) result.count *= shape[i];
  return result;
}

/// The sizes that stay; with `keep`, the reduced ones as 1.
Shape kept(const Shape& from, const Axes& axes, bool keep) {
  Shape shape;
  for (int i = 0; i < from.rank(); ++i) {
    if (!axes.reduced[i])
      shape.push_back(from[i]);
    else if (keep)
      shape.push_back(1);
  }
  return shape;
}

/// x with the reduced axes last, row-major.
Array reduced_last(const char* op, const Array& x, const Axes& axes) {
  Shape order;
  for (const bool reduced : {false, true})
    for (int i = 0; i < x.rank(); ++i)
      if (axes.reduced[i] == reduced) order.push_back(i);
  return x.permute(op, order).contiguous();
}

/// The opposite: from the order of reduced_last back to x's.
Array restored(const char* op, const Array& moved, const Axes& axes) {
  Shape order;
  int first = 0, last = 0;
  for (int i = 0; i < moved.rank(); ++i) last += !axes.reduced[i];
  for (int i = 0; i < moved.rank(); ++i) order.push_back(axes.reduced[i] ? last++ : first++);
  return moved.permute(op, order);
}

/// Neighbouring axes of one kind.
struct Level {
  int64_t size, stride;
  bool reduced;
};
struct Levels {
  Level level[kMaxRank];
  int count = 0;
  bool runs = true;  ///< each is one run of memory, and the last has stride 1

  int last_reduced() const {
    for (int i = count - 1; i >= 0; --i)
      if (level[i].reduced) return i;
    return -1;
  }
  /// At most one level goes, with at most one outside it.
  bool one_pass() const { return last_reduced() <= 1; }
  /// Whether a kernel can read x as it lies: where it takes several narrow rows for one, they must
  /// follow each other.
  bool direct() const {
    const int at = last_reduced();
    if (!runs || !one_pass()) return false;
    return at < 0 || at + 1 == count || level[at].stride == level[at + 1].size;
  }
};

Levels merge(const Array& x, const Axes& axes) {
  Levels levels;
  for (int i = 0; i < x.rank(); ++i) {
    if (x.size(i) == 1) continue;
    Level* last = levels.count ? &levels.level[levels.count - 1] : nullptr;
    if (last && last->reduced == axes.reduced[i]) {
      levels.runs &= last->stride == x.stride(i) * x.size(i);
      last->size *= x.size(i);
      last->stride = x.stride(i);
    } else {
      levels.level[levels.count++] = {x.size(i), x.stride(i), axes.reduced[i]};
    }
  }
  if (levels.count) levels.runs &= levels.level[levels.count - 1].stride == 1;
  return levels;
}

/// x as (outer, reduce, inner): the last reduced level goes.
ReduceArgs pass(const Array& x, const Levels& levels) {
  ReduceArgs args{};
  args.in = x.data();
  args.dtype = x.dtype();
  args.outer = args.reduce = args.inner = 1;
  args.divisor = 1;
  const int at = levels.last_reduced();
  if (at < 0) {  // nothing to join: every element by itself
    args.inner = x.numel();
    args.reduce_stride = args.inner;
    return args;
  }
  args.reduce = levels.level[at].size;
  args.reduce_stride = levels.level[at].stride;
  if (at + 1 < levels.count) args.inner = levels.level[at + 1].size;
  for (int i = 0; i < at; ++i) args.outer *= levels.level[i].size;
  args.outer_stride = at == 1 ? levels.level[0].stride : args.reduce * args.inner;
  return args;
}

// ---- folds --------------------------------------------------------------------------------------

using Entry = ReduceFn ReduceKernels::*;

struct Fold {
  Entry first;   ///< reads the elements
  Entry join;    ///< puts results of `first` together
  DType result;  ///< what `first` writes
  double divisor = 1;
  const Array* parameter = nullptr;  ///< row-major, of the result's size
  double exponent = 0;
};

const ReduceKernels& table_for(const char* op, const Array& x) {
  return is_float(x.dtype()) ? reduce_table(op, x.device()) : reduce_integer_table(op, x.device());
}

/// `source`, of a dtype that the kernels compute in, reduced to `shape`.
Array fold(const char* op, const Array& source, const Axes& axes, const Shape& shape,
           const Fold& how) {
  Array out = Array::empty(shape, how.result, source.device());
  if (source.numel() == 0) {
    ReduceArgs args{};
    args.out = out.data();
    args.dtype = source.dtype();
    args.outer = out.numel();
    args.inner = 1;
    args.divisor = how.divisor;
    launch(
        op, source.device(), [args, kernel = table_for(op, source).*how.first] { kernel(args); },
        out);
    return out;
  }
  Array x = source;
  Levels levels = merge(x, axes);
  if (!levels.direct()) {
    if (how.parameter && !levels.one_pass()) {
      x = reduced_last(op, x, axes);
      int at = 0;
      Axes last;
      for (int i = 0; i < x.rank(); ++i) at += !axes.reduced[i];
      for (; at < x.rank(); ++at) last.reduced[at] = true;
      levels = merge(x, last);
    } else {
      x = x.contiguous();
      levels = merge(x, axes);
    }
  }
  for (Entry entry = how.first;; entry = how.join) {
    ReduceArgs args = pass(x, levels);
    const bool last = levels.one_pass();
    Array target = last ? out : Array::empty({args.outer, args.inner}, how.result, x.device());
    args.out = target.data();
    args.parameter = how.parameter ? how.parameter->data() : nullptr;
    args.exponent = how.exponent;
    if (last) args.divisor = how.divisor;
    const Array parameter = how.parameter ? *how.parameter : Array();
    launch(
        op, x.device(), [args, kernel = table_for(op, x).*entry] { kernel(args); }, x, target,
        parameter);
    if (last) return out;
    x = target;
    // (…, kept, reduced, kept) is now (…, kept·kept).
    levels.count = levels.last_reduced();
    levels.level[levels.count - 1].size *= args.inner;
    int64_t stride = 1;
    for (int i = levels.count - 1; i >= 0; --i) {
      levels.level[i].stride = stride;
      stride *= levels.level[i].size;
    }
  }
}

/// x in a float dtype that kernels compute in.
Array in_float(const Array& x) { return x.astype(compute_dtype(floating(x.dtype()))); }

Array sum_like(const char* op, Entry entry, const Array& x, const MaybeAxes& maybe, bool keepdims,
               const std::optional<DType>& dtype) {
  const Axes axes = read_axes(op, x.shape(), maybe);
  const bool is_unsigned = is_integer(x.dtype()) && !is_signed(x.dtype());
  const DType natural = is_float(x.dtype()) ? x.dtype()
                        : is_unsigned       ? DType::UInt64
                                            : DType::Int64;
  const DType result = dtype.value_or(natural);
  Array in = x;
  if (is_float(result))
    in = x.astype(compute_dtype(result));
  else if (is_float(x.dtype()))
    in = x.astype(result);
  const DType wide = is_float(result) || in.dtype() == DType::UInt64 ? in.dtype() : DType::Int64;
  return fold(op, in, axes, kept(x.shape(), axes, keepdims), {entry, entry, wide}).astype(result);
}

Array choose(const char* op, Entry entry, const Array& x, const MaybeAxes& maybe, bool keepdims) {
  const Axes axes = read_axes(op, x.shape(), maybe);
  check(axes.count > 0, op, ": the reduced axes of shape ", x.shape(),
        " have no elements to choose from");
  const Array in = x.astype(compute_dtype(x.dtype()));
  return fold(op, in, axes, kept(x.shape(), axes, keepdims), {entry, entry, in.dtype()})
      .astype(x.dtype());
}

std::tuple<Array, Array> choose_index(const char* op, Entry entry, const Array& x,
                                      const std::optional<int>& axis, bool keepdims) {
  const Axes axes = read_axes(op, x.shape(), axis ? MaybeAxes(Shape{*axis}) : std::nullopt);
  check(axes.count > 0, op, ": the reduced axes of shape ", x.shape(),
        " have no elements to choose from");
  const Shape shape = kept(x.shape(), axes, keepdims);
  Array in = x.astype(compute_dtype(x.dtype()));
  Array values = Array::empty(shape, in.dtype(), x.device());
  Array index = Array::empty(shape, DType::Int64, x.device());
  if (in.numel() > 0) {
    Levels levels = merge(in, axes);
    if (!levels.direct()) {
      in = in.contiguous();
      levels = merge(in, axes);
    }
    ReduceArgs args = pass(in, levels);
    args.out = values.data();
    args.index = index.address<int64_t>();
    launch(
        op, x.device(), [args, kernel = table_for(op, in).*entry] { kernel(args); }, in, values,
        index);
  }
  return {values.astype(x.dtype()), index};
}

// ---- elementwise steps --------------------------------------------------------------------------

/// out = kernel(operands…), of the operands' broadcast shape and the first one's dtype.
template <int Count, class Kernel>
Array apply(const char* op, const Operand (&operands)[Count], const Array* out, Kernel kernel) {
  return elementwise(op, operands, operands[0].array().dtype(), operands[0].array().dtype(), out,
                     kernel);
}

using LoopsFn = void (*ReduceKernels::*)(const Loops&, DType);
template <int Count>
Array apply(const char* op, LoopsFn entry, const Operand (&operands)[Count],
            const Array* out = nullptr) {
  const Array& first = operands[0].array();
  return apply(op, operands, out, reduce_table(op, first.device()).*entry);
}

}  // namespace

// ---- sums ---------------------------------------------------------------------------------------

Array sum(const Array& x, const MaybeAxes& axes, bool keepdims, const std::optional<DType>& dtype) {
  return sum_like("sum", &ReduceKernels::sum, x, axes, keepdims, dtype);
}
Array prod(const Array& x, const MaybeAxes& axes, bool keepdims,
           const std::optional<DType>& dtype) {
  return sum_like("prod", &ReduceKernels::prod, x, axes, keepdims, dtype);
}

Array mean(const Array& x, const MaybeAxes& maybe, bool keepdims,
           const std::optional<DType>& dtype) {
  const Axes axes = read_axes("mean", x.shape(), maybe);
  const DType result = dtype.value_or(floating(x.dtype()));
  check_type(is_float(result), "mean: expected a floating-point dtype, got ", result);
  const Array in = x.astype(compute_dtype(result));
  return fold("mean", in, axes, kept(x.shape(), axes, keepdims),
              {&ReduceKernels::sum, &ReduceKernels::sum, in.dtype(), double(axes.count)})
      .astype(result);
}

std::tuple<Array, Array> var_mean(const Array& x, const MaybeAxes& maybe, double correction,
                                  bool keepdims, bool root) {
  const char* op = root ? "std" : "var";
  const Axes axes = read_axes(op, x.shape(), maybe);
  check_type(is_float(x.dtype()), op, ": expected a floating-point array, got ", x.dtype());
  const Shape shape = kept(x.shape(), axes, keepdims);
  const Array in = in_float(x);
  const Array mean =
      fold(op, in, axes, shape,
           {&ReduceKernels::sum, &ReduceKernels::sum, in.dtype(), double(axes.count)});
  const double divisor = std::max(0.0, double(axes.count) - correction);
  const Array var =
      fold(op, in, axes, shape,
           {&ReduceKernels::sum_deviations, &ReduceKernels::sum, in.dtype(), divisor, &mean});
  if (root) apply(op, &ReduceKernels::root, {Operand(var)}, &var);
  return {var.astype(x.dtype()), mean.astype(x.dtype())};
}

Array sum_to(const Array& x, const Shape& shape, DType dtype) {
  const int lead = x.rank() - shape.rank();
  check(lead >= 0, "sum_to: shape ", x.shape(), " does not sum to ", shape);
  Axes axes;
  bool any = false;
  for (int i = 0; i < x.rank(); ++i) {
    axes.reduced[i] = i < lead || (shape[i - lead] == 1 && x.size(i) != 1);
    any |= axes.reduced[i];
    check(axes.reduced[i] || shape[i - lead] == x.size(i), "sum_to: shape ", x.shape(),
          " does not sum to ", shape);
  }
  if (!any) return x.astype(dtype);
  const Array in = in_float(x);
  return fold("sum_to", in, axes, shape, {&ReduceKernels::sum, &ReduceKernels::sum, in.dtype()})
      .astype(dtype);
}

// ---- choices ------------------------------------------------------------------------------------

Array max(const Array& x, const MaybeAxes& axes, bool keepdims) {
  return choose("max", &ReduceKernels::max, x, axes, keepdims);
}
Array min(const Array& x, const MaybeAxes& axes, bool keepdims) {
  return choose("min", &ReduceKernels::min, x, axes, keepdims);
}
std::tuple<Array, Array> max_index(const char* op, const Array& x, const std::optional<int>& axis,
                                   bool keepdims) {
  return choose_index(op, &ReduceKernels::arg_max, x, axis, keepdims);
}
std::tuple<Array, Array> min_index(const char* op, const Array& x, const std::optional<int>& axis,
                                   bool keepdims) {
  return choose_index(op, &ReduceKernels::arg_min, x, axis, keepdims);
}

Array any(const Array& x, const MaybeAxes& maybe, bool keepdims) {
  const Axes axes = read_axes("any", x.shape(), maybe);
  return fold("any", x.astype(DType::Bool), axes, kept(x.shape(), axes, keepdims),
              {&ReduceKernels::max, &ReduceKernels::max, DType::Bool});
}
Array all(const Array& x, const MaybeAxes& maybe, bool keepdims) {
  const Axes axes = read_axes("all", x.shape(), maybe);
  const Shape shape = kept(x.shape(), axes, keepdims);
  if (axes.count == 0) {
    // The smallest of no bytes would be 255, which is no bool.
    const Array out = Array::empty(shape, DType::Bool, x.device());
    write_over("all", out, true);
    return out;
  }
  return fold("all", x.astype(DType::Bool), axes, shape,
              {&ReduceKernels::min, &ReduceKernels::min, DType::Bool});
}
Array count_nonzero(const Array& x, const MaybeAxes& axes, bool keepdims) {
  return sum_like("count_nonzero", &ReduceKernels::sum, x.astype(DType::Bool), axes, keepdims,
                  std::nullopt);
}

// ---- logsumexp, norm ----------------------------------------------------------------------------

Array logsumexp(const Array& x, const MaybeAxes& maybe, bool keepdims) {
  const Axes axes = read_axes("logsumexp", x.shape(), maybe);
  const Shape shape = kept(x.shape(), axes, keepdims);
  const Array in = in_float(x);
  const Array shift =
      fold("logsumexp", in, axes, shape, {&ReduceKernels::max, &ReduceKernels::max, in.dtype()});
  // An infinite largest element would shift itself to NaN.
  apply("logsumexp", &ReduceKernels::finite, {Operand(shift)}, &shift);
  const Array sum = fold("logsumexp", in, axes, shape,
                         {&ReduceKernels::sum_exps, &ReduceKernels::sum, in.dtype(), 1, &shift});
  apply("logsumexp", &ReduceKernels::log_plus, {Operand(sum), Operand(shift)}, &sum);
  return sum.astype(floating(x.dtype()));
}

Array norm(const Array& x, double p, const MaybeAxes& maybe, bool keepdims) {
  const Axes axes = read_axes("norm", x.shape(), maybe);
  check_type(is_float(x.dtype()), "norm: expected a floating-point array, got ", x.dtype());
  const Array in = in_float(x);
  if (p == 0) return count_nonzero(x, maybe, keepdims).astype(x.dtype());
  Fold how{&ReduceKernels::sum_powers, &ReduceKernels::sum, in.dtype()};
  how.exponent = p;
  if (std::isinf(p)) {
    check(axes.count > 0, "norm: the reduced axes of shape ", x.shape(),
          " have no elements to choose from");
    how.first = p > 0 ? &ReduceKernels::max_magnitude : &ReduceKernels::min_magnitude;
    how.join = p > 0 ? &ReduceKernels::max : &ReduceKernels::min;
  } else if (p == 1) {
    how.first = &ReduceKernels::sum_magnitudes;
  } else if (p == 2) {
    how.first = &ReduceKernels::sum_squares;
  }
  const Array out = fold("norm", in, axes, kept(x.shape(), axes, keepdims), how);
  const ReduceKernels& table = reduce_table("norm", x.device());
  if (p == 2) {
    apply("norm", &ReduceKernels::root, {Operand(out)}, &out);
  } else if (p != 1 && !std::isinf(p)) {
    apply("norm", {Operand(out)}, &out, [p, power = table.power](const Loops& loops, DType dtype) {
      power(loops, dtype, 1 / p);
    });
  }
  return out.astype(x.dtype());
}

// ---- gradients ----------------------------------------------------------------------------------

Array spread(const Array& g, const Shape& shape, const MaybeAxes& maybe) {
  const Axes axes = read_axes("spread", shape, maybe);
  return g.reshape("spread", kept(shape, axes, true)).broadcast_to("spread", shape);
}

Array index_backward(const Array& g, const Array& index, const Shape& shape,
                     const std::optional<int>& axis) {
  const int rank = shape.rank();
  const int at = axis && rank ? normalize_axis("max", *axis, rank) : 0;
  int64_t outer = 1, inner = 1;
  const int64_t reduce = !rank ? 1 : axis ? shape[at] : gm::numel(shape);
  for (int i = 0; axis && i < at; ++i) outer *= shape[i];
  for (int i = at + 1; axis && i < rank; ++i) inner *= shape[i];
  const Array out = Array::zeros(shape, g.dtype(), g.device());
  const Array from = g.contiguous(), where = index.contiguous();
  check_range("max", where, at, reduce);  // NumPy may have written into the result's indices
  const size_t item = itemsize(g.dtype());
  launch(
      "max", g.device(),
      [=](const Array& out, const Array& from, const Array& where) {
        for (int64_t o = 0; o < outer; ++o)
          for (int64_t j = 0; j < inner; ++j) {
            const int64_t k = o * inner + j;
            const int64_t place = where.data<int64_t>()[k];
            const int64_t to = (o * reduce + (place < 0 ? place + reduce : place)) * inner + j;
            std::memcpy(out.data() + to * int64_t(item), from.data() + k * int64_t(item), item);
          }
      },
      out, from, where);
  return out;
}

Array tied_backward(const Array& g, const Array& x, const Array& y, const MaybeAxes& axes) {
  const Array in = in_float(x);
  const Array best = spread(y.astype(in.dtype()), x.shape(), axes);
  const Array share = apply("max", &ReduceKernels::tied, {Operand(in), Operand(best)});
  const Array count = sum(share, axes, false, std::nullopt);
  const Array each = divide(g.reshape("max", count.shape()), count);
  return multiply(share, spread(each, x.shape(), axes), &share);
}

Array prod_backward(const Array& g, const Array& x, const MaybeAxes& maybe) {
  const Axes axes = read_axes("prod", x.shape(), maybe);
  const Array in = reduced_last("prod", in_float(x), axes);
  const Array from = g.astype(in.dtype()).contiguous();
  const Array out = Array::empty(in.shape(), in.dtype(), x.device());
  const ProdGradientArgs args{in.data(),  from.data(),  out.data(),
                              in.dtype(), from.numel(), axes.count};
  const auto kernel = reduce_table("prod", x.device()).prod_gradient;
  launch("prod", x.device(), [=] { kernel(args); }, in, from, out);
  return restored("prod", out, axes);
}

Array logsumexp_backward(const Array& g, const Array& x, const Array& y, const MaybeAxes& axes) {
  const Array in = in_float(x);
  return apply(
      "logsumexp", &ReduceKernels::exp_gradient,
      {Operand(in), Operand(spread(y, x.shape(), axes)), Operand(spread(g, x.shape(), axes))});
}

Array norm_backward(const Array& g, const Array& x, const Array& y, double p,
                    const MaybeAxes& axes) {
  if (p == 0) return Array::zeros(x.shape(), g.dtype(), x.device());
  const Array in = in_float(x);
  const ReduceKernels& table = reduce_table("norm", x.device());
  Array flow = spread(g, x.shape(), axes);
  if (std::isinf(p)) {
    const Array size = apply("norm", {Operand(in)}, nullptr, table.magnitude);
    flow = tied_backward(g, size, y, axes);
    p = 1;
  }
  return apply("norm", {Operand(in), Operand(spread(y, x.shape(), axes)), Operand(flow)}, nullptr,
               [p, gradient = table.norm_gradient](const Loops& loops, DType dtype) {
                 gradient(loops, dtype, p);
               });
}

}  // namespace gm::ops
