#include "ops/activation.h"

#include "capi/activation.h"
#include "ops/unary.h"

using namespace gm;
using namespace gm::capi;

namespace gm::capi {

namespace {

using Parameters = gemmule_activation;
struct Row {
  Array (*forward)(const Array& x, const Parameters& p);
  Array (*backward)(const Array& g, const Array& saved, const Parameters& p);
};

template <auto kForward, auto kBackward>
constexpr Row plain{
    [](const Array& x, const Parameters&) { return kForward(x, nullptr); },
    [](const Array& g, const Array& s, const Parameters&) { return kBackward(g, s); }};
template <auto kForward, auto kBackward>
constexpr Row one{
    [](const Array& x, const Parameters& p) { return kForward(x, p.p0, nullptr); },
    [](const Array& g, const Array& s, const Parameters& p) { return kBackward(g, s, p.p0); }};
template <auto kForward, auto kBackward>
constexpr Row two{
    [](const Array& x, const Parameters& p) { return kForward(x, p.p0, p.p1, nullptr); },
    [](const Array& g, const Array& s, const Parameters& p) {
      return kBackward(g, s, p.p0, p.p1);
    }};
template <auto kForward, auto kBackward>
constexpr Row three{
    [](const Array& x, const Parameters& p) { return kForward(x, p.p0, p.p1, p.p2, nullptr); },
    [](const Array& g, const Array& s, const Parameters& p) {
      return kBackward(g, s, p.p0, p.p1, p.p2);
    }};

Array threshold_backward(const Array& g, const Array& x, double limit, double) {
  return ops::threshold_backward(g, x, limit, 0);
}

// In the order of the enumerators of gemmule.h.
constexpr Row kRows[] = {
    {[](const Array& x, const Parameters&) { return x; },
     [](const Array& g, const Array&, const Parameters&) { return g; }},
    plain<ops::relu, ops::relu_backward>,
    one<ops::leaky_relu, ops::leaky_relu_backward>,
    three<ops::elu, ops::elu_backward>,
    two<ops::hardtanh, ops::hardtanh_backward>,
    plain<ops::hardsigmoid, ops::hardsigmoid_backward>,
    plain<ops::sigmoid, ops::sigmoid_backward>,
    plain<ops::tanh, ops::tanh_backward>,
    plain<ops::gelu, ops::gelu_backward>,
    plain<ops::gelu_tanh, ops::gelu_tanh_backward>,
    plain<ops::silu, ops::silu_backward>,
    plain<ops::mish, ops::mish_backward>,
    plain<ops::hardswish, ops::hardswish_backward>,
    one<ops::hardshrink, ops::hardshrink_backward>,
    one<ops::softshrink, ops::softshrink_backward>,
    plain<ops::tanhshrink, ops::tanhshrink_backward>,
    plain<ops::softsign, ops::softsign_backward>,
    two<ops::softplus, ops::softplus_backward>,
    two<ops::threshold, threshold_backward>,
    plain<ops::logsigmoid, ops::logsigmoid_backward>,
};
constexpr int kKinds = sizeof kRows / sizeof kRows[0];

}  // namespace

gemmule_activation read_activation(const char* op, const gemmule_activation* given) {
  const gemmule_activation activation = read(op, "activation", given, false);
  check(activation.kind >= 0 && activation.kind < kKinds, op, ": activation of kind ",
        int(activation.kind), ", expected 0 to ", kKinds - 1);
  return activation;
}

Array activate(const Array& x, const gemmule_activation& activation) {
  return kRows[activation.kind].forward(x, activation);
}

namespace {

Array activate_backward(const Array& g, const Array& saved, const gemmule_activation& activation) {
  return kRows[activation.kind].backward(g, saved, activation);
}

void check_float(const char* op, const char* name, const Array& x) {
  check_type(is_float(x.dtype()), op, ": ", name, " is ", x.dtype(), ", expected a float");
}

}  // namespace
}  // namespace gm::capi

extern "C" {

gemmule_status gemmule_activate(const gemmule_tensor* x, const gemmule_activation* activation,
                                const gemmule_tensor* y, gemmule_workspace* workspace) {
  return guarded("activate", workspace, [&](Call& call) {
    const gemmule_activation f = read_activation(call.op(), activation);
    const Array& in = call.in("x", x);
    check_float(call.op(), "x", in);
    call.out("y", y, Overlap::Exact);
    call.compute([&] { return Results(activate(in, f)); });
  });
}

gemmule_status gemmule_activate_backward(const gemmule_tensor* dy, const gemmule_tensor* saved,
                                         const gemmule_activation* activation,
                                         const gemmule_tensor* dx, gemmule_workspace* workspace) {
  return guarded("activate_backward", workspace, [&](Call& call) {
    const gemmule_activation f = read_activation(call.op(), activation);
    const Array& s = call.in("saved", saved);
    const Array& g = call.in("dy", dy);
    check_float(call.op(), "saved", s);
    expect(call.op(), "dy", g, s.shape(), s.dtype());
    call.out("dx", dx, Overlap::Exact);
    call.compute([&] { return Results(activate_backward(g, s, f)); });
  });
}

gemmule_status gemmule_glu(const gemmule_tensor* x, int32_t axis, const gemmule_tensor* y,
                           gemmule_workspace* workspace) {
  return guarded("glu", workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    call.out("y", y);
    call.compute([&] { return Results(ops::glu(in, axis)); });
  });
}

gemmule_status gemmule_glu_backward(const gemmule_tensor* dy, const gemmule_tensor* x, int32_t axis,
                                    const gemmule_tensor* dx, gemmule_workspace* workspace) {
  return guarded("glu_backward", workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    const Array& g = call.in("dy", dy);
    check_float(call.op(), "x", in);
    Shape half = in.shape();
    const int at = normalize_axis(call.op(), axis, in.rank());
    check(half[at] % 2 == 0, call.op(), ": x of shape ", half, " has an odd size along axis ", at);
    half[at] /= 2;
    expect(call.op(), "dy", g, half, in.dtype());
    call.out("dx", dx);
    call.compute([&] { return Results(ops::glu_backward(g, in, at)); });
  });
}

}  // extern "C"
