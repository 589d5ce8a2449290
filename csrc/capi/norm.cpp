#include "ops/norm.h"

#include "capi/call.h"

using namespace gm;
using namespace gm::capi;

namespace {

/// Features of the last `axes` axes.
int64_t features_of(const char* op, const Array& x, int32_t axes) {
  check(axes >= 1 && axes <= x.rank(), op, ": axes of ", int(axes), " for x of shape ", x.shape());
  int64_t count = 1;
  for (int i = x.rank() - axes; i < x.rank(); ++i) count *= x.size(i);
  check(count > 0, op, ": x of shape ", x.shape(), " has no features");
  return count;
}

/// x as (images, channels, …).
void check_channels(const char* op, const Array& x) {
  check(x.rank() >= 2, op, ": x has shape ", x.shape(), ", expected (images, channels, …)");
  check(x.size(1) > 0, op, ": x of shape ", x.shape(), " has no channels");
}

/// The arguments of a backward function, checked: what forward functions gave is read as it lies.
struct Backward {
  const Array &g, &x;
  const Array *weight, *mean, *rstd;
  bool want_x, want_weight, want_bias;
};

Backward read_backward(Call& call, const gemmule_tensor* dy, const gemmule_tensor* x,
                       const gemmule_tensor* weight, const gemmule_tensor* mean, bool centered,
                       const gemmule_tensor* rstd, const gemmule_tensor* dx,
                       const gemmule_tensor* dweight, const gemmule_tensor* dbias) {
  const Array& in = call.in("x", x);
  const Array& g = call.in("dy", dy);
  expect(call.op(), "dy", g, in.shape(), in.dtype());
  const Array* w = call.maybe("weight", weight);
  const Array* m = centered ? &call.in("mean", mean) : nullptr;
  const Array* r = &call.in("rstd", rstd);
  const bool want_x = call.maybe_out("dx", dx), want_weight = call.maybe_out("dweight", dweight),
             want_bias = call.maybe_out("dbias", dbias);
  check(want_x || want_weight || want_bias, call.op(), ": no gradient is asked for");
  return {g, in, w, m, r, want_x, want_weight, want_bias};
}

void check_statistics(const char* op, const Backward& b, int64_t rows) {
  if (b.mean) expect(op, "mean", *b.mean, Shape{rows}, b.x.dtype());
  expect(op, "rstd", *b.rstd, Shape{rows}, b.x.dtype());
}

/// (y, mean, rstd) or (dx, dweight, dbias).
Results results(const std::tuple<Array, Array, Array>& three) {
  return Results(std::get<0>(three), std::get<1>(three), std::get<2>(three));
}

gemmule_status layer_forward(const char* op, bool centered, const gemmule_tensor* x, int32_t axes,
                             const gemmule_tensor* weight, const gemmule_tensor* bias, double eps,
                             const gemmule_tensor* y, const gemmule_tensor* mean,
                             const gemmule_tensor* rstd, gemmule_workspace* workspace) {
  return guarded(op, workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Array* w = call.maybe("weight", weight);
    const Array* b = call.maybe("bias", bias);
    const int64_t features = features_of(op, in, axes);
    call.out("y", y);
    call.maybe_out("mean", mean);
    call.maybe_out("rstd", rstd);
    call.compute([&] { return results(ops::layer_norm(in, features, w, b, eps, centered)); });
  });
}

gemmule_status layer_backward(const char* op, bool centered, const gemmule_tensor* dy,
                              const gemmule_tensor* x, int32_t axes, const gemmule_tensor* weight,
                              const gemmule_tensor* mean, const gemmule_tensor* rstd,
                              const gemmule_tensor* dx, const gemmule_tensor* dweight,
                              const gemmule_tensor* dbias, gemmule_workspace* workspace) {
  return guarded(op, workspace, [&](Call& call) {
    const Backward b = read_backward(call, dy, x, weight, mean, centered, rstd, dx, dweight, dbias);
    const int64_t features = features_of(op, b.x, axes);
    check_statistics(op, b, features ? b.x.numel() / features : 0);
    call.compute([&] {
      const Array m = b.mean ? b.mean->contiguous() : Array(), r = b.rstd->contiguous();
      return results(ops::layer_norm_backward(b.g, b.x, features, b.weight, b.mean ? &m : nullptr,
                                              r, b.want_x, b.want_weight, b.want_bias));
    });
  });
}

}  // namespace

extern "C" {

gemmule_status gemmule_layer_norm(const gemmule_tensor* x, int32_t axes,
                                  const gemmule_tensor* weight, const gemmule_tensor* bias,
                                  double eps, const gemmule_tensor* y, const gemmule_tensor* mean,
                                  const gemmule_tensor* rstd, gemmule_workspace* workspace) {
  return layer_forward("layer_norm", true, x, axes, weight, bias, eps, y, mean, rstd, workspace);
}

gemmule_status gemmule_layer_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                           int32_t axes, const gemmule_tensor* weight,
                                           const gemmule_tensor* mean, const gemmule_tensor* rstd,
                                           const gemmule_tensor* dx, const gemmule_tensor* dweight,
                                           const gemmule_tensor* dbias,
                                           gemmule_workspace* workspace) {
  return layer_backward("layer_norm_backward", true, dy, x, axes, weight, mean, rstd, dx, dweight,
                        dbias, workspace);
}

gemmule_status gemmule_rms_norm(const gemmule_tensor* x, int32_t axes, const gemmule_tensor* weight,
                                double eps, const gemmule_tensor* y, const gemmule_tensor* rstd,
                                gemmule_workspace* workspace) {
  return layer_forward("rms_norm", false, x, axes, weight, nullptr, eps, y, nullptr, rstd,
                       workspace);
}

gemmule_status gemmule_rms_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                         int32_t axes, const gemmule_tensor* weight,
                                         const gemmule_tensor* rstd, const gemmule_tensor* dx,
                                         const gemmule_tensor* dweight,
                                         gemmule_workspace* workspace) {
  return layer_backward("rms_norm_backward", false, dy, x, axes, weight, nullptr, rstd, dx, dweight,
                        nullptr, workspace);
}

gemmule_status gemmule_group_norm(const gemmule_tensor* x, int64_t groups,
                                  const gemmule_tensor* weight, const gemmule_tensor* bias,
                                  double eps, const gemmule_tensor* y, const gemmule_tensor* mean,
                                  const gemmule_tensor* rstd, gemmule_workspace* workspace) {
  return guarded("group_norm", workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Array* w = call.maybe("weight", weight);
    const Array* b = call.maybe("bias", bias);
    check_channels(call.op(), in);
    call.out("y", y);
    call.maybe_out("mean", mean);
    call.maybe_out("rstd", rstd);
    call.compute([&] { return results(ops::group_norm(in, groups, w, b, eps)); });
  });
}

gemmule_status gemmule_group_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                           int64_t groups, const gemmule_tensor* weight,
                                           const gemmule_tensor* mean, const gemmule_tensor* rstd,
                                           const gemmule_tensor* dx, const gemmule_tensor* dweight,
                                           const gemmule_tensor* dbias,
                                           gemmule_workspace* workspace) {
  return guarded("group_norm_backward", workspace, [&](Call& call) {
    const Backward b = read_backward(call, dy, x, weight, mean, true, rstd, dx, dweight, dbias);
    check_channels(call.op(), b.x);
    check(groups >= 1 && b.x.size(1) % groups == 0, call.op(), ": ", b.x.size(1),
          " channels are not divisible into ", groups, " groups");
    check_statistics(call.op(), b, checked_mul(b.x.size(0), groups));
    call.compute([&] {
      return results(ops::group_norm_backward(b.g, b.x, groups, b.weight, b.mean->contiguous(),
                                              b.rstd->contiguous(), b.want_x, b.want_weight,
                                              b.want_bias));
    });
  });
}

gemmule_status gemmule_batch_norm(const gemmule_tensor* x, const gemmule_tensor* running_mean,
                                  const gemmule_tensor* running_var, const gemmule_tensor* weight,
                                  const gemmule_tensor* bias, int32_t training, double momentum,
                                  double eps, const gemmule_tensor* y, const gemmule_tensor* mean,
                                  const gemmule_tensor* rstd, gemmule_workspace* workspace) {
  return guarded("batch_norm", workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Array* m = training ? call.updated("running_mean", running_mean)
                              : call.maybe("running_mean", running_mean);
    const Array* v = training ? call.updated("running_var", running_var)
                              : call.maybe("running_var", running_var);
    const Array* w = call.maybe("weight", weight);
    const Array* b = call.maybe("bias", bias);
    check_channels(call.op(), in);
    call.out("y", y);
    call.maybe_out("mean", mean);
    call.maybe_out("rstd", rstd);
    call.compute(
        [&] { return results(ops::batch_norm(in, m, v, w, b, training != 0, momentum, eps)); });
  });
}

gemmule_status gemmule_batch_norm_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                           const gemmule_tensor* weight, const gemmule_tensor* mean,
                                           const gemmule_tensor* rstd, int32_t training,
                                           const gemmule_tensor* dx, const gemmule_tensor* dweight,
                                           const gemmule_tensor* dbias,
                                           gemmule_workspace* workspace) {
  return guarded("batch_norm_backward", workspace, [&](Call& call) {
    const Backward b = read_backward(call, dy, x, weight, mean, true, rstd, dx, dweight, dbias);
    check_channels(call.op(), b.x);
    check_statistics(call.op(), b, b.x.size(1));
    call.compute([&] {
      return results(ops::batch_norm_backward(b.g, b.x, b.weight, b.mean->contiguous(),
                                              b.rstd->contiguous(), training != 0, b.want_x,
                                              b.want_weight, b.want_bias));
    });
  });
}

}  // extern "C"
