// The rows of kernels/activation.h, each made of a struct of activation_functions.h.
#include "kernels/activation.h"

#include "isa/lines.h"
#include "kernels/activation_functions.h"

namespace gm::GM_ISA {
namespace {

template <class A>
struct Forward {
  A activation;
  template <class V>
  GM_INLINE V operator()(V x) const {
    return activation.forward(x);
  }
};
template <class A>
struct Backward {
  A activation;
  template <class V>
  GM_INLINE V operator()(V g, V saved) const {
    return activation.backward(g, saved);
  }
};

template <class A>
A with_parameters(const double* parameters) {
  A activation;
  if constexpr (!__is_empty(A)) {
    static_assert(sizeof(A) % sizeof(double) == 0, "members are doubles");
    __builtin_memcpy(&activation, parameters, sizeof(A));
  }
  return activation;
}

template <class A>
void run_forward(const Loops& loops, DType compute, const double* parameters) {
  map_float<body_of(A::kForward)>(loops, compute, Forward<A>{with_parameters<A>(parameters)},
                                  A::kForward);
}
template <class A>
void run_backward(const Loops& loops, DType compute, const double* parameters) {
  map_float<body_of(A::kBackward)>(loops, compute, Backward<A>{with_parameters<A>(parameters)},
                                   A::kBackward);
}
template <class A>
constexpr Activation row{run_forward<A>, run_backward<A>};

template <class Op, int64_t picoseconds>
void run(const Loops& loops, DType compute, const double*) {
  map_float<body_of(picoseconds)>(loops, compute, Op{}, picoseconds);
}

}  // namespace

constinit const ActivationKernels activation = {
    .relu = row<Relu>,
    .leaky_relu = row<LeakyRelu>,
    .elu = row<Elu>,
    .hardtanh = row<Hardtanh>,
    .hardsigmoid = row<Hardsigmoid>,
    .gelu = row<Gelu>,
    .gelu_tanh = row<GeluTanh>,
    .silu = row<Silu>,
    .mish = row<Mish>,
    .hardswish = row<Hardswish>,
    .hardshrink = row<Hardshrink>,
    .softshrink = row<Softshrink>,
    .tanhshrink = row<Tanhshrink>,
    .softsign = row<Softsign>,
    .softplus = row<Softplus>,
    .threshold = row<Threshold>,
    .logsigmoid = row<Logsigmoid>,
    .glu = run<Glu, kExp>,
    .glu_a = run<GluA, kExp>,
    .glu_b = run<GluB, kExp>,
    .prelu = run<Prelu, kPlain>,
    .prelu_x = run<PreluX, kPlain>,
    .prelu_slope = run<PreluSlope, kPlain>,
};

}  // namespace gm::GM_ISA
