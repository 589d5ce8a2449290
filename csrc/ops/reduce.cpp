#include "ops/reduce.h"

#include "core/error.h"
#include "core/launch.h"
#include "kernels/reduce.h"
#include "ops/operand.h"

namespace gm::ops {

namespace {

/// Which axes go.
struct Axes {
  bool reduced[kMaxRank];
  int64_t count = 1;  ///< elements that become one
};

/// Neighbouring axes of one kind and one run of memory.
struct Level {
  int64_t size, stride;
  bool reduced;
};
struct Levels {
  Level level[kMaxRank];
  int count = 0;
  bool direct = true;  ///< each is one run, and the last has stride 1

  int last_reduced() const {
    for (int i = count - 1; i >= 0; --i)
      if (level[i].reduced) return i;
    return -1;
  }
};

Levels merge(const Array& x, const Axes& axes) {
  Levels levels;
  for (int i = 0; i < x.rank(); ++i) {
    if (x.size(i) == 1) continue;
    Level* last = levels.count ? &levels.level[levels.count - 1] : nullptr;
    if (last && last->reduced == axes.reduced[i]) {
      levels.direct &= last->stride == x.stride(i) * x.size(i);
      last->size *= x.size(i);
      last->stride = x.stride(i);
    } else {
      levels.level[levels.count++] = {x.size(i), x.stride(i), axes.reduced[i]};
    }
  }
  if (levels.count) levels.direct &= levels.level[levels.count - 1].stride == 1;
  return levels;
}

/// One pass of `entry`: the innermost reduced level of (…, reduce, inner) goes.
ReduceArgs pass(const Array& x, const Levels& levels) {
  ReduceArgs args{x.data(), nullptr, nullptr, x.dtype(), 1, 1, 1, 0, 1, 1};
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

/// Below this width the kernel reads several rows as one, which must then follow each other.
bool packed_enough(const Levels& levels) {
  const int at = levels.last_reduced();
  if (at < 0 || at + 1 == levels.count) return at < 0 || levels.level[at].stride == 1;
  return levels.level[at].stride == levels.level[at + 1].size;
}

using Entry = ReduceFn ReduceKernels::*;

/// x, of a dtype that the kernels compute in, reduced to `shape`. `first` reads the elements,
/// `join` puts results of `first` together.
Array reduce_passes(const char* op, Entry first, Entry join, const Array& source, const Axes& axes,
                    const Shape& shape, double divisor) {
  Array out = Array::empty(shape, source.dtype(), source.device());
  const ReduceKernels& table = reduce_table(op, source.device());
  if (source.numel() == 0) {
    ReduceArgs args{nullptr, out.data(), nullptr, source.dtype(), out.numel(), 0, 1, 0, 1, divisor};
    launch(op, source.device(), [&] { (table.*first)(args); });
    return out;
  }
  Array x = source;
  Levels levels = merge(x, axes);
  const bool one_pass = levels.last_reduced() <= 1;
  if (!levels.direct || !packed_enough(levels) || !one_pass) {
    x = x.contiguous();
    levels = merge(x, axes);
  }
  for (Entry entry = first;; entry = join) {
    ReduceArgs args = pass(x, levels);
    const bool last = levels.last_reduced() <= 1;
    Array target = last ? out : Array::empty({args.outer, args.inner}, x.dtype(), x.device());
    args.out = target.data();
    if (last) args.divisor = divisor;
    launch(op, x.device(), [&] { (table.*entry)(args); });
    if (last) return out;
    x = target;
    // (…, kept, reduced, kept) is now (…, kept·kept).
    levels.count = levels.last_reduced();
    Level& tail = levels.level[levels.count - 1];
    tail.size *= args.inner;
    int64_t stride = 1;
    for (int i = levels.count - 1; i >= 0; --i) {
      levels.level[i].stride = stride;
      stride *= levels.level[i].size;
    }
  }
}

}  // namespace

Array sum_to(const Array& x, const Shape& shape, DType dtype) {
  const int lead = x.rank() - shape.rank();
  check(lead >= 0, "sum_to: shape ", x.shape(), " does not sum to ", shape);
  Axes axes;
  bool any = false;
  for (int i = 0; i < x.rank(); ++i) {
    const bool gone = i < lead || (shape[i - lead] == 1 && x.size(i) != 1);
    check(gone || shape[i - lead] == x.size(i), "sum_to: shape ", x.shape(), " does not sum to ",
          shape);
    axes.reduced[i] = gone;
    any |= gone;
  }
  if (!any) return x.astype(dtype);
  const Array in = x.astype(floating(compute_dtype(x.dtype())));
  return reduce_passes("sum_to", &ReduceKernels::sum, &ReduceKernels::sum, in, axes, shape, 1)
      .astype(dtype);
}

}  // namespace gm::ops
