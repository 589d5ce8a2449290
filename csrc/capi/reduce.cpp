#include "ops/reduce.h"

#include "capi/call.h"
#include "ops/binary.h"

using namespace gm;
using namespace gm::capi;

namespace {

struct Given {
  int kind;
  bool keepdims;
  ops::MaybeAxes axes;
  double p;

  /// The one axis of argmax and argmin, or none.
  std::optional<int> axis(const char* op) const {
    if (!axes) return std::nullopt;
    check(axes->rank() == 1, op, ": expected one axis or all, got ", axes->rank());
    return int((*axes)[0]);
  }
};

Given read_given(const char* op, const Array& x, const gemmule_reduction* reduction) {
  const gemmule_reduction r = read(op, "reduction", reduction);
  Given given{r.kind, r.keepdims != 0, std::nullopt, r.p};
  check(r.kind >= GEMMULE_SUM && r.kind <= GEMMULE_ALL, op, ": reduction of kind ", int(r.kind),
        ", expected 0 to ", int(GEMMULE_ALL));
  if (r.axes) {
    check(r.axis_count >= 0 && r.axis_count <= kMaxRank, op, ": ", int(r.axis_count), " axes");
    given.axes = normalize_axes(op, Shape(r.axes, r.axis_count), x.rank());
  }
  return given;
}

Results reduce(const char* op, const Array& x, const Given& r) {
  switch (r.kind) {
    case GEMMULE_SUM:
      return Results(ops::sum(x, r.axes, r.keepdims, std::nullopt));
    case GEMMULE_PROD:
      return Results(ops::prod(x, r.axes, r.keepdims, std::nullopt));
    case GEMMULE_MEAN:
      return Results(ops::mean(x, r.axes, r.keepdims, std::nullopt));
    case GEMMULE_MAX:
      return Results(ops::max(x, r.axes, r.keepdims));
    case GEMMULE_MIN:
      return Results(ops::min(x, r.axes, r.keepdims));
    case GEMMULE_VAR:
    case GEMMULE_STD:
      return Results(std::get<0>(ops::var_mean(x, r.axes, r.p, r.keepdims, r.kind == GEMMULE_STD)));
    case GEMMULE_LOGSUMEXP:
      return Results(ops::logsumexp(x, r.axes, r.keepdims));
    case GEMMULE_NORM:
      return Results(ops::norm(x, r.p, r.axes, r.keepdims));
    case GEMMULE_ARGMAX:
      return Results(std::get<1>(ops::max_index(op, x, r.axis(op), r.keepdims)));
    case GEMMULE_ARGMIN:
      return Results(std::get<1>(ops::min_index(op, x, r.axis(op), r.keepdims)));
    case GEMMULE_ANY:
      return Results(ops::any(x, r.axes, r.keepdims));
    default:
      return Results(ops::all(x, r.axes, r.keepdims));
  }
}

Array gradient(const Array& g, const Array& x, const Array& y, const Given& r) {
  const Shape shape = x.shape();
  const int64_t rows = g.numel(), count = rows ? x.numel() / rows : 0;
  switch (r.kind) {
    case GEMMULE_SUM:
      return ops::spread(g, shape, r.axes);
    case GEMMULE_MEAN:
      return ops::spread(ops::divide(g, double(count)), shape, r.axes);
    case GEMMULE_PROD:
      return ops::prod_backward(g, x, r.axes);
    case GEMMULE_MAX:
    case GEMMULE_MIN:
      return ops::tied_backward(g, x, y, r.axes);
    case GEMMULE_VAR:
    case GEMMULE_STD: {
      // v = Σ (x − m)²/d: dv/dx = 2(x − m)/d; s = √v: ds/dx = (x − m)/(s·d).
      const bool root = r.kind == GEMMULE_STD;
      const double divisor = double(count) - r.p;
      const double scale = divisor > 0 ? 1 / divisor : __builtin_nan("");
      const Array flow = root ? ops::divide(ops::multiply(g, scale), y.reshape("std", g.shape()))
                              : ops::multiply(g, 2 * scale);
      const Array mean = ops::mean(x, r.axes, true, std::nullopt);
      return ops::multiply(ops::subtract(x, ops::spread(mean, shape, r.axes)),
                           ops::spread(flow, shape, r.axes));
    }
    case GEMMULE_LOGSUMEXP:
      return ops::logsumexp_backward(g, x, y, r.axes);
    default:
      return ops::norm_backward(g, x, y, r.p, r.axes);
  }
}

bool reads_result(int kind) {
  return kind == GEMMULE_MAX || kind == GEMMULE_MIN || kind == GEMMULE_STD ||
         kind == GEMMULE_LOGSUMEXP || kind == GEMMULE_NORM;
}

}  // namespace

extern "C" {

gemmule_status gemmule_reduce(const gemmule_tensor* x, const gemmule_reduction* reduction,
                              const gemmule_tensor* y, gemmule_workspace* workspace) {
  return guarded("reduce", workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Given r = read_given(call.op(), in, reduction);
    call.out("y", y);
    call.compute([&] { return reduce(call.op(), in, r); });
  });
}

gemmule_status gemmule_reduce_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                       const gemmule_tensor* y, const gemmule_reduction* reduction,
                                       const gemmule_tensor* dx, gemmule_workspace* workspace) {
  return guarded("reduce_backward", workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Array& g = call.in("dy", dy);
    Given r = read_given(call.op(), in, reduction);
    check(r.kind <= GEMMULE_NORM, call.op(), ": a reduction of kind ", r.kind, " has no gradient");
    check_type(is_float(in.dtype()), call.op(), ": x is ", in.dtype(), ", expected a float");
    const Array* result = call.maybe("y", y);
    check(result || !reads_result(r.kind), call.op(), ": y is a null pointer");
    rehearse([&] {
      // dy and y have the result's shape, with or without the reduced axes.
      r.keepdims = g.rank() == in.rank();
      const Array shaped = reduce(call.op(), in, r).array[0];
      expect(call.op(), "dy", g, shaped.shape(), in.dtype());
      r.keepdims = result && result->rank() == in.rank();
      if (result)
        expect(call.op(), "y", *result, reduce(call.op(), in, r).array[0].shape(), in.dtype());
    });
    call.out("dx", dx);
    const Array none;
    call.compute(
        [&] { return Results(gradient(g, in, result ? *result : none, r).astype(in.dtype())); });
  });
}

}  // extern "C"
