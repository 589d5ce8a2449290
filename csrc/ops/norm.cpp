#include "ops/norm.h"

#include "core/error.h"
#include "core/launch.h"
#include "kernels/norm.h"

namespace gm::ops {

namespace {

void check_input(const char* op, const Array& x) {
  check_type(x.dtype() == DType::Float32 || x.dtype() == DType::Float64, op,
             ": expected float32 or float64, got ", x.dtype());
}

/// One value a channel (or feature) of x, row-major; empty where absent.
Array parameter(const char* op, const char* name, const Array* array, const Array& x,
                int64_t count) {
  if (!array) return Array();
  check_type(array->dtype() == x.dtype(), op, ": ", name, " is ", array->dtype(),
             ", but the input is ", x.dtype());
  check(array->numel() == count, op, ": ", name, " of shape ", array->shape(), " does not fit ",
        (long long)count, " features of input of shape ", x.shape());
  return array->contiguous();
}

const char* address(const Array& array) { return array ? array.data() : nullptr; }

Array wanted(bool want, const Shape& shape, const Array& like) {
  return want ? Array::empty(shape, like.dtype(), like.device()) : Array();
}

Array row_statistics(const Array& x, int64_t rows) {
  return Array::empty({rows}, x.dtype(), x.device());
}

/// What a gradient reads of the forward step: the kernels take every row's for granted.
void check_saved(const char* op, const Array& g, const Array& x, const Array* mean,
                 const Array& rstd, int64_t rows) {
  check(g.shape() == x.shape(), op, ": gradient of shape ", g.shape(), " for an output of shape ",
        x.shape());
  check_type(g.dtype() == x.dtype(), op, ": gradient is ", g.dtype(), ", but the input is ",
             x.dtype());
  for (const Array* saved : {mean, &rstd}) {
    if (!saved) continue;
    check(saved->rank() == 1 && saved->size(0) == rows && saved->is_contiguous(), op,
          ": saved statistics of shape ", saved->shape(), ", expected ", (long long)rows);
    check_type(saved->dtype() == x.dtype(), op, ": saved statistics are ", saved->dtype(),
               ", but the input is ", x.dtype());
  }
}

RowNormArgs layer_args(const char* op, const Array& x, int64_t features) {
  check_input(op, x);
  check(features >= 0, op, ": the number of features is negative");
  RowNormArgs args{};
  // No features are no elements: there is nothing to do, and no row has statistics.
  check(features ? x.numel() % features == 0 : x.numel() == 0, op, ": input of shape ", x.shape(),
        " has no rows of ", (long long)features, " features");
  args.dtype = x.dtype();
  args.rows = features ? x.numel() / features : 0;
  args.groups = 1;
  args.channels = features;
  args.span = 1;
  return args;
}

RowNormArgs group_args(const char* op, const Array& x, int64_t groups) {
  check_input(op, x);
  check(x.rank() >= 2, op, ": expected input (N, C, …), got shape ", x.shape());
  check(groups >= 1 && x.size(1) % groups == 0, op, ": ", (long long)x.size(1),
        " channels are not divisible into ", (long long)groups, " groups");
  RowNormArgs args{};
  args.dtype = x.dtype();
  args.rows = x.size(0) * groups;
  args.groups = groups;
  args.channels = x.size(1) / groups;
  args.span = 1;
  for (int i = 2; i < x.rank(); ++i) args.span *= x.size(i);
  return args;
}

NormResult forward(const char* op, RowNormArgs args, const Array& x, const Array* weight,
                   const Array* bias, double eps, bool centered) {
  const int64_t features = args.groups * args.channels;
  const Array from = x.contiguous();
  const Array w = parameter(op, "weight", weight, x, features);
  const Array b = parameter(op, "bias", bias, x, features);
  const Array y = Array::empty(x.shape(), x.dtype(), x.device());
  const Array rstd = row_statistics(x, args.rows);
  const Array mean = centered ? row_statistics(x, args.rows) : Array();
  args.eps = eps;
  args.centered = centered;
  args.x = from.data();
  args.y = y.data();
  args.weight = address(w);
  args.bias = address(b);
  args.mean = mean ? mean.data() : nullptr;
  args.rstd = rstd.data();
  if (y.numel())
    launch(
        op, x.device(), [args, kernel = norm_table(op, x.device()).row_forward] { kernel(args); },
        from, w, b, y, mean, rstd);
  return {y, mean, rstd};
}

NormGradient backward(const char* op, RowNormArgs args, const Array& g, const Array& x,
                      const Array* weight, const Array* mean, const Array& rstd, bool want_x,
                      bool want_weight, bool want_bias) {
  const int64_t features = args.groups * args.channels;
  check_saved(op, g, x, mean, rstd, args.rows);
  if (x.numel() == 0) {  // sums of nothing; pieces of rows without elements have no size
    const auto zeros = [&](bool want, const Shape& shape) {
      return want ? Array::zeros(shape, x.dtype(), x.device()) : Array();
    };
    return {zeros(want_x, x.shape()), zeros(want_weight, {features}), zeros(want_bias, {features})};
  }
  const Array from = x.contiguous(), gradient = g.contiguous();
  const Array w = parameter(op, "weight", weight, x, features);
  const Array dx = wanted(want_x, x.shape(), x);
  const Array dweight = wanted(want_weight, {features}, x);
  const Array dbias = wanted(want_bias, {features}, x);
  args.centered = mean != nullptr;
  args.x = from.data();
  args.g = gradient.data();
  args.weight = address(w);
  args.mean = mean ? mean->data() : nullptr;
  args.rstd = rstd.data();
  args.dx = dx ? dx.data() : nullptr;
  args.dweight = dweight ? dweight.data() : nullptr;
  args.dbias = dbias ? dbias.data() : nullptr;
  const NormKernels& table = norm_table(op, x.device());
  const int64_t bytes = table.row_workspace(args);
  const StorageRef workspace = bytes ? allocate(size_t(bytes), x.device()) : StorageRef();
  void* memory = bytes ? workspace->data : nullptr;
  launch(
      op, x.device(), [args, memory, kernel = table.row_backward] { kernel(args, memory); }, from,
      gradient, w, mean ? *mean : Array(), rstd, dx, dweight, dbias, workspace);
  return {dx, dweight, dbias};
}

BatchNormArgs batch_args(const Array& x) {
  check_input("batch_norm", x);
  check(x.rank() >= 2, "batch_norm: expected input (N, C, …), got shape ", x.shape());
  BatchNormArgs args{};
  args.dtype = x.dtype();
  args.batch = x.size(0);
  args.channels = x.size(1);
  args.span = 1;
  for (int i = 2; i < x.rank(); ++i) args.span *= x.size(i);
  return args;
}

Array running(const char* name, const Array* array, const Array& x) {
  if (!array) return Array();
  check(array->is_contiguous(), "batch_norm: ", name, " is not contiguous");
  return parameter("batch_norm", name, array, x, x.size(1));
}

}  // namespace

NormResult layer_norm(const Array& x, int64_t features, const Array* weight, const Array* bias,
                      double eps, bool centered) {
  const char* op = centered ? "layer_norm" : "rms_norm";
  return forward(op, layer_args(op, x, features), x, weight, bias, eps, centered);
}

NormGradient layer_norm_backward(const Array& g, const Array& x, int64_t features,
                                 const Array* weight, const Array* mean, const Array& rstd,
                                 bool want_x, bool want_weight, bool want_bias) {
  const char* op = mean ? "layer_norm" : "rms_norm";
  return backward(op, layer_args(op, x, features), g, x, weight, mean, rstd, want_x, want_weight,
                  want_bias);
}

NormResult group_norm(const Array& x, int64_t groups, const Array* weight, const Array* bias,
                      double eps, const char* op) {
  return forward(op, group_args(op, x, groups), x, weight, bias, eps, true);
}

NormGradient group_norm_backward(const Array& g, const Array& x, int64_t groups,
                                 const Array* weight, const Array& mean, const Array& rstd,
                                 bool want_x, bool want_weight, bool want_bias) {
  return backward("group_norm", group_args("group_norm", x, groups), g, x, weight, &mean, rstd,
                  want_x, want_weight, want_bias);
}

NormResult batch_norm(const Array& x, const Array* running_mean, const Array* running_var,
                      const Array* weight, const Array* bias, bool training, double momentum,
                      double eps) {
  BatchNormArgs args = batch_args(x);
  const int64_t count = args.batch * args.span;
  check(!training || count != 1,
        "batch_norm: expected more than one value per channel in training,"
        " got input of shape ",
        x.shape());
  check(training || (running_mean && running_var),
        "batch_norm: evaluation needs running_mean and running_var");
  const Array from = x.contiguous();
  const Array w = parameter("batch_norm", "weight", weight, x, args.channels);
  const Array b = parameter("batch_norm", "bias", bias, x, args.channels);
  const Array running_m = running("running_mean", running_mean, x);
  const Array running_v = running("running_var", running_var, x);
  if (training && running_m) mark_written(running_m, "batch_norm");
  if (training && running_v) mark_written(running_v, "batch_norm");
  const Array y = Array::empty(from.shape(), x.dtype(), x.device());
  const Array mean = row_statistics(x, args.channels), rstd = row_statistics(x, args.channels);
  args.training = training;
  args.momentum = momentum;
  args.eps = eps;
  args.x = from.data();
  args.y = y.data();
  args.weight = address(w);
  args.bias = address(b);
  args.running_mean = running_m ? running_m.data() : nullptr;
  args.running_var = running_v ? running_v.data() : nullptr;
  args.mean = mean.data();
  args.rstd = rstd.data();
  if (y.numel())
    launch(
        "batch_norm", x.device(),
        [args, kernel = norm_table("batch_norm", x.device()).batch_forward] { kernel(args); }, from,
        w, b, running_m, running_v, y, mean, rstd);
  return {y, mean, rstd};
}

NormGradient batch_norm_backward(const Array& g, const Array& x, const Array* weight,
                                 const Array& mean, const Array& rstd, bool training, bool want_x,
                                 bool want_weight, bool want_bias) {
  BatchNormArgs args = batch_args(x);
  check_saved("batch_norm", g, x, &mean, rstd, args.channels);
  const Array from = x.contiguous(), gradient = g.contiguous();
  const Array w = parameter("batch_norm", "weight", weight, x, args.channels);
  const Array dx = wanted(want_x, from.shape(), x);
  const Array dweight = wanted(want_weight, {args.channels}, x);
  const Array dbias = wanted(want_bias, {args.channels}, x);
  args.training = training;
  args.x = from.data();
  args.g = gradient.data();
  args.weight = address(w);
  args.mean = mean.data();
  args.rstd = rstd.data();
  args.dx = dx ? dx.data() : nullptr;
  args.dweight = dweight ? dweight.data() : nullptr;
  args.dbias = dbias ? dbias.data() : nullptr;
  launch(
      "batch_norm", x.device(),
      [args, kernel = norm_table("batch_norm", x.device()).batch_backward] { kernel(args); }, from,
      gradient, w, mean, rstd, dx, dweight, dbias);
  return {dx, dweight, dbias};
}

}  // namespace gm::ops
