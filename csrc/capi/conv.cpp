#include "ops/conv.h"

#include "capi/call.h"

using namespace gm;
using namespace gm::capi;

namespace {

/// The parameters as ops takes them: as many numbers as there are axes.
struct Window {
  int axes;
  Shape stride, padding, dilation, output_padding;
  int64_t groups;
};

Window read_window(const char* op, const gemmule_conv* given, const Array& weight) {
  const gemmule_conv p = read(op, "params", given, false);
  check(weight.rank() == 3 || weight.rank() == 4, op, ": weight of shape ", weight.shape(), " has ",
        weight.rank(), " dimensions, expected 3 or 4");
  Window w{weight.rank() - 2, {}, {}, {}, {}, bounded(op, "groups", p.groups, 1)};
  for (int i = 0; i < w.axes; ++i) {
    w.stride.push_back(bounded(op, "stride", p.stride[i], 1));
    w.dilation.push_back(bounded(op, "dilation", p.dilation[i], 1));
    w.output_padding.push_back(bounded(op, "output_padding", p.output_padding[i]));
  }
  for (int i = 0; i < 2 * w.axes; ++i) w.padding.push_back(bounded(op, "padding", p.padding[i]));
  return w;
}

Array conv(const Array& x, const Array& weight, const Array* bias, const Window& w) {
  const auto conv = w.axes == 1 ? ops::conv1d : ops::conv2d;
  return conv(x, weight, bias, w.stride, w.padding, w.dilation, w.groups);
}
Array conv_transpose(const Array& x, const Array& weight, const Array* bias, const Window& w) {
  const auto conv = w.axes == 1 ? ops::conv_transpose1d : ops::conv_transpose2d;
  return conv(x, weight, bias, w.stride, w.padding, w.output_padding, w.groups, w.dilation);
}
using Forward = Array (*)(const Array&, const Array&, const Array*, const Window&);

gemmule_status forward(const char* op, const gemmule_tensor* x, const gemmule_tensor* weight,
                       const gemmule_tensor* bias, const gemmule_conv* params,
                       const gemmule_tensor* out, gemmule_workspace* workspace, Forward conv) {
  return guarded(op, workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Array& w = call.in("weight", weight);
    const Array* b = call.maybe("bias", bias);
    const Window window = read_window(op, params, w);
    call.out("out", out);
    call.compute([&] { return Results(conv(in, w, b, window)); });
  });
}

/// `conv` is the forward function, `data` gives x's gradient and `filters` those of weight and
/// bias.
template <class Data, class Filters>
gemmule_status backward(const char* op, const gemmule_tensor* dout, const gemmule_tensor* x,
                        const gemmule_tensor* weight, const gemmule_conv* params,
                        const gemmule_tensor* dx, const gemmule_tensor* dweight,
                        const gemmule_tensor* dbias, gemmule_workspace* workspace, Forward conv,
                        Data data, Filters filters) {
  return guarded(op, workspace, [&](Call& call) {
    const Array& g = call.in("dout", dout);
    const Array& in = call.in("x", x);
    const Array& w = call.in("weight", weight);
    const Window window = read_window(op, params, w);
    rehearse([&] {
      const Array out = conv(in, w, nullptr, window);
      expect(op, "dout", g, out.shape(), out.dtype());
    });
    const bool want_x = call.maybe_out("dx", dx), want_w = call.maybe_out("dweight", dweight),
               want_b = call.maybe_out("dbias", dbias);
    check(want_x || want_w || want_b, op, ": no gradient is asked for");
    call.compute([&] {
      Array gx, gw, gb;
      if (want_x) gx = data(g, in, w, window);
      if (want_w)
        std::tie(gw, gb) = filters(g, in, w, window, want_b);
      else if (want_b)
        gb = ops::conv_bias_gradient(g, window.axes);
      return Results(gx, gw, gb);
    });
  });
}

}  // namespace

extern "C" {

gemmule_status gemmule_conv_forward(const gemmule_tensor* x, const gemmule_tensor* weight,
                                    const gemmule_tensor* bias, const gemmule_conv* params,
                                    const gemmule_tensor* out, gemmule_workspace* workspace) {
  return forward("conv_forward", x, weight, bias, params, out, workspace, conv);
}

gemmule_status gemmule_conv_backward(const gemmule_tensor* dout, const gemmule_tensor* x,
                                     const gemmule_tensor* weight, const gemmule_conv* params,
                                     const gemmule_tensor* dx, const gemmule_tensor* dweight,
                                     const gemmule_tensor* dbias, gemmule_workspace* workspace) {
  return backward(
      "conv_backward", dout, x, weight, params, dx, dweight, dbias, workspace, conv,
      [](const Array& g, const Array& in, const Array& w, const Window& p) {
        return ops::conv_data_gradient(g, w, in.shape(), p.stride, p.padding, p.dilation, p.groups,
                                       p.axes);
      },
      [](const Array& g, const Array& in, const Array& w, const Window& p, bool bias) {
        if (bias)
          return ops::conv_parameter_gradients(g, in, w.shape(), p.stride, p.padding, p.dilation,
                                               p.groups, p.axes);
        return std::tuple(ops::conv_weight_gradient(g, in, w.shape(), p.stride, p.padding,
                                                    p.dilation, p.groups, p.axes),
                          Array());
      });
}

gemmule_status gemmule_conv_transpose_forward(const gemmule_tensor* x, const gemmule_tensor* weight,
                                              const gemmule_tensor* bias,
                                              const gemmule_conv* params, const gemmule_tensor* out,
                                              gemmule_workspace* workspace) {
  return forward("conv_transpose_forward", x, weight, bias, params, out, workspace, conv_transpose);
}

gemmule_status gemmule_conv_transpose_backward(const gemmule_tensor* dout, const gemmule_tensor* x,
                                               const gemmule_tensor* weight,
                                               const gemmule_conv* params, const gemmule_tensor* dx,
                                               const gemmule_tensor* dweight,
                                               const gemmule_tensor* dbias,
                                               gemmule_workspace* workspace) {
  return backward(
      "conv_transpose_backward", dout, x, weight, params, dx, dweight, dbias, workspace,
      conv_transpose,
      [](const Array& g, const Array& in, const Array& w, const Window& p) {
        return ops::conv_transpose_data_gradient(g, w, in.shape(), p.stride, p.padding, p.dilation,
                                                 p.groups, p.axes);
      },
      [](const Array& g, const Array& in, const Array& w, const Window& p, bool bias) {
        return std::tuple(ops::conv_weight_gradient(in, g, w.shape(), p.stride, p.padding,
                                                    p.dilation, p.groups, p.axes),
                          bias ? ops::conv_bias_gradient(g, p.axes) : Array());
      });
}

}  // extern "C"
