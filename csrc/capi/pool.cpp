#include "ops/pool.h"

#include "capi/call.h"

using namespace gm;
using namespace gm::capi;

namespace {

struct Window {
  int axes;
  Shape kernel, padding, dilation;
  std::optional<Shape> stride;
  bool ceil_mode, count_include_pad;
  int64_t divisor;
};

int read_axes(const char* op, int32_t axes) {
  check(axes == 1 || axes == 2, op, ": axes must be 1 or 2, got ", int(axes));
  return axes;
}

Window read_window(const char* op, const gemmule_pool* given) {
  const gemmule_pool p = read(op, "params", given);
  Window w{read_axes(op, p.axes),    {},       {}, {}, Shape{}, p.ceil_mode != 0,
           p.count_include_pad != 0, p.divisor};
  for (int i = 0; i < w.axes; ++i) {
    w.kernel.push_back(bounded(op, "kernel", p.kernel[i]));
    w.padding.push_back(bounded(op, "padding", p.padding[i]));
    w.dilation.push_back(bounded(op, "dilation", p.dilation[i], 1));
    w.stride->push_back(bounded(op, "stride", p.stride[i], p.kernel[i]));
  }
  check(w.axes == 2 || w.divisor == 0, op, ": divisor is for two axes");
  return w;
}

/// The sizes of the pooled axes.
Shape pooled(const char* op, const char* name, const Array& array, int axes) {
  check(array.rank() > axes, op, ": ", name, " of shape ", array.shape(),
        " has too few dimensions");
  return Shape(array.view().shape + array.rank() - axes, axes);
}

}  // namespace

extern "C" {

gemmule_status gemmule_max_pool(const gemmule_tensor* x, const gemmule_pool* params,
                                const gemmule_tensor* y, const gemmule_tensor* indices,
                                gemmule_workspace* workspace) {
  return guarded("max_pool", workspace, [&](Call& call) {
    const Window w = read_window(call.op(), params);
    const Array& in = call.in("x", x);
    call.out("y", y);
    const bool want = call.maybe_out("indices", indices);
    const auto pool = w.axes == 1 ? ops::max_pool1d : ops::max_pool2d;
    call.compute([&] {
      auto [values, places] =
          pool(in, w.kernel, w.stride, w.padding, w.dilation, w.ceil_mode, want);
      return Results(values, places);
    });
  });
}

gemmule_status gemmule_adaptive_max_pool(const gemmule_tensor* x, int32_t axes,
                                         const gemmule_tensor* y, const gemmule_tensor* indices,
                                         gemmule_workspace* workspace) {
  return guarded("adaptive_max_pool", workspace, [&](Call& call) {
    read_axes(call.op(), axes);
    const Array& in = call.in("x", x);
    const Shape size = pooled(call.op(), "y", call.out("y", y), axes);
    const bool want = call.maybe_out("indices", indices);
    const auto pool = axes == 1 ? ops::adaptive_max_pool1d : ops::adaptive_max_pool2d;
    call.compute([&] {
      auto [values, places] = pool(in, size, want);
      return Results(values, places);
    });
  });
}

gemmule_status gemmule_max_pool_backward(const gemmule_tensor* dy, const gemmule_tensor* indices,
                                         int32_t axes, const gemmule_tensor* dx,
                                         gemmule_workspace* workspace) {
  return guarded("max_pool_backward", workspace, [&](Call& call) {
    read_axes(call.op(), axes);
    const Array& g = call.in("dy", dy);
    const Array& places = call.in("indices", indices);
    const Array& target = call.out("dx", dx);
    const Shape plane = pooled(call.op(), "dx", target, axes);
    pooled(call.op(), "dy", g, axes);
    check(g.rank() == target.rank(), call.op(), ": dy of shape ", g.shape(), ", dx of shape ",
          target.shape());
    for (int i = 0; i < g.rank() - axes; ++i)
      check(g.size(i) == target.size(i), call.op(), ": dy of shape ", g.shape(), ", dx of shape ",
            target.shape());
    expect(call.op(), "indices", places, g.shape(), DType::Int32);
    check_indices(call.op(), "indices", places, numel(plane));
    call.compute([&] { return Results(ops::max_pool_gradient(g, places, target.shape(), axes)); });
  });
}

gemmule_status gemmule_avg_pool(const gemmule_tensor* x, const gemmule_pool* params,
                                const gemmule_tensor* y, gemmule_workspace* workspace) {
  return guarded("avg_pool", workspace, [&](Call& call) {
    const Window w = read_window(call.op(), params);
    const Array& in = call.in("x", x);
    call.out("y", y);
    call.compute([&] {
      if (w.axes == 1)
        return Results(
            ops::avg_pool1d(in, w.kernel, w.stride, w.padding, w.ceil_mode, w.count_include_pad));
      return Results(ops::avg_pool2d(in, w.kernel, w.stride, w.padding, w.ceil_mode,
                                     w.count_include_pad, w.divisor));
    });
  });
}

gemmule_status gemmule_avg_pool_backward(const gemmule_tensor* dy, const gemmule_pool* params,
                                         const gemmule_tensor* dx, gemmule_workspace* workspace) {
  return guarded("avg_pool_backward", workspace, [&](Call& call) {
    const Window w = read_window(call.op(), params);
    const Array& g = call.in("dy", dy);
    const Shape shape = call.out("dx", dx).shape();
    call.compute([&] {
      if (w.axes == 1)
        return Results(ops::avg_pool1d_gradient(g, shape, w.kernel, w.stride, w.padding,
                                                w.ceil_mode, w.count_include_pad));
      return Results(ops::avg_pool2d_gradient(g, shape, w.kernel, w.stride, w.padding, w.ceil_mode,
                                              w.count_include_pad, w.divisor));
    });
  });
}

gemmule_status gemmule_adaptive_avg_pool(const gemmule_tensor* x, int32_t axes,
                                         const gemmule_tensor* y, gemmule_workspace* workspace) {
  return guarded("adaptive_avg_pool", workspace, [&](Call& call) {
    read_axes(call.op(), axes);
    const Array& in = call.in("x", x);
    const Shape size = pooled(call.op(), "y", call.out("y", y), axes);
    const auto pool = axes == 1 ? ops::adaptive_avg_pool1d : ops::adaptive_avg_pool2d;
    call.compute([&] { return Results(pool(in, size)); });
  });
}

gemmule_status gemmule_adaptive_avg_pool_backward(const gemmule_tensor* dy, int32_t axes,
                                                  const gemmule_tensor* dx,
                                                  gemmule_workspace* workspace) {
  return guarded("adaptive_avg_pool_backward", workspace, [&](Call& call) {
    read_axes(call.op(), axes);
    const Array& g = call.in("dy", dy);
    pooled(call.op(), "dy", g, axes);
    const Shape shape = call.out("dx", dx).shape();
    call.compute([&] { return Results(ops::adaptive_avg_pool_gradient(g, shape, axes)); });
  });
}

}  // extern "C"
