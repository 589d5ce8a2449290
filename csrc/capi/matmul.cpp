#include "ops/matmul.h"

#include "capi/activation.h"
#include "ops/reduce.h"

using namespace gm;
using namespace gm::capi;

struct gemmule_packed_linear {
  ops::PackedLinear weight;
};

namespace {

/// a·b summed over what was broadcast: the gradient of an operand like `like`.
Array summed_product(const Array& a, const Array& b, const Array& like) {
  return ops::sum_to(ops::matmul(a, b), like.shape(), like.dtype());
}

/// What linear does itself; the identity where a second pass is needed.
ops::Epilogue epilogue_of(const gemmule_activation& f) {
  switch (f.kind) {
    case GEMMULE_RELU:
      return {Finish::Relu};
    case GEMMULE_LEAKY_RELU:
      return {Finish::LeakyRelu, f.p0};
    case GEMMULE_SIGMOID:
      return {Finish::Sigmoid};
    case GEMMULE_TANH:
      return {Finish::Tanh};
    case GEMMULE_GELU:
      return {Finish::Gelu};
    case GEMMULE_GELU_TANH:
      return {Finish::GeluTanh};
    case GEMMULE_SILU:
      return {Finish::Silu};
    default:
      return {};
  }
}

/// linear(epilogue), and then what the epilogue cannot do.
template <class Linear>
Results activated(const gemmule_activation& f, Linear linear) {
  const ops::Epilogue epilogue = epilogue_of(f);
  const Array y = linear(epilogue);
  return epilogue.finish == Finish::None ? Results(activate(y, f)) : Results(y);
}

}  // namespace

extern "C" {

gemmule_status gemmule_matmul(const gemmule_tensor* a, const gemmule_tensor* b,
                              const gemmule_tensor* c, gemmule_workspace* workspace) {
  return guarded("matmul", workspace, [&](Call& call) {
    const Array& left = call.in("a", a);
    const Array& right = call.in("b", b);
    call.out("c", c);
    call.compute([&] { return Results(ops::matmul(left, right)); });
  });
}

gemmule_status gemmule_matmul_backward(const gemmule_tensor* dc, const gemmule_tensor* a,
                                       const gemmule_tensor* b, const gemmule_tensor* da,
                                       const gemmule_tensor* db, gemmule_workspace* workspace) {
  return guarded("matmul_backward", workspace, [&](Call& call) {
    const Array& g = call.in("dc", dc);
    const Array& left = call.in("a", a);
    const Array& right = call.in("b", b);
    check(left.rank() >= 2 && right.rank() >= 2, call.op(), ": a of shape ", left.shape(),
          " and b of shape ", right.shape(), ", expected at least two dimensions");
    rehearse([&] { expect(call.op(), "dc", g, ops::matmul(left, right).shape(), left.dtype()); });
    const bool want_a = call.maybe_out("da", da), want_b = call.maybe_out("db", db);
    call.compute([&] {
      return Results(want_a ? summed_product(g, right.transposed(), left) : Array(),
                     want_b ? summed_product(left.transposed(), g, right) : Array());
    });
  });
}

gemmule_status gemmule_linear(const gemmule_tensor* x, const gemmule_tensor* weight,
                              const gemmule_tensor* bias, const gemmule_activation* activation,
                              const gemmule_tensor* y, gemmule_workspace* workspace) {
  return guarded("linear", workspace, [&](Call& call) {
    const gemmule_activation f = read_activation(call.op(), activation);
    const Array& in = call.in("x", x);
    const Array& w = call.in("weight", weight);
    const Array* b = call.maybe("bias", bias);
    call.out("y", y);
    call.compute([&] {
      return activated(f, [&](const ops::Epilogue& e) { return ops::linear(in, w, b, e); });
    });
  });
}

gemmule_status gemmule_linear_backward(const gemmule_tensor* dy, const gemmule_tensor* x,
                                       const gemmule_tensor* weight, const gemmule_tensor* dx,
                                       const gemmule_tensor* dweight, const gemmule_tensor* dbias,
                                       gemmule_workspace* workspace) {
  return guarded("linear_backward", workspace, [&](Call& call) {
    const Array& given = call.in("dy", dy);
    const Array& in = call.in("x", x);
    const Array& w = call.in("weight", weight);
    rehearse(
        [&] { expect(call.op(), "dy", given, ops::linear(in, w, nullptr).shape(), in.dtype()); });
    const bool want_x = call.maybe_out("dx", dx), want_w = call.maybe_out("dweight", dweight),
               want_b = call.maybe_out("dbias", dbias);
    const int64_t out = w.size(0), features = w.size(1);
    const int64_t rows = features ? in.numel() / features : out ? given.numel() / out : 0;
    call.compute([&] {
      const Array g = given.reshape(call.op(), {rows, out});
      Array gx, gw, gb;
      if (want_x) gx = ops::matmul(g, w).reshape(call.op(), in.shape());
      if (want_w) gw = ops::matmul(g.transposed(), in.reshape(call.op(), {rows, features}));
      if (want_b) gb = ops::sum_to(g, {out}, g.dtype());
      return Results(gx, gw, gb);
    });
  });
}

gemmule_status gemmule_linear_pack(const gemmule_tensor* weight, const gemmule_tensor* bias,
                                   gemmule_packed_linear** packed) {
  return guarded("linear_pack", nullptr, [&](Call& call) {
    check(packed != nullptr, call.op(), ": packed is a null pointer");
    const Array& w = call.in("weight", weight);
    const Array* b = call.maybe("bias", bias);
    *packed = new gemmule_packed_linear{ops::pack_linear(w, b)};
  });
}

gemmule_status gemmule_linear_packed(const gemmule_tensor* x, const gemmule_packed_linear* packed,
                                     const gemmule_activation* activation, const gemmule_tensor* y,
                                     gemmule_workspace* workspace) {
  return guarded("linear_packed", workspace, [&](Call& call) {
    const gemmule_activation f = read_activation(call.op(), activation);
    check(packed != nullptr, call.op(), ": packed is a null pointer");
    const Array& in = call.in("x", x);
    call.out("y", y);
    call.compute([&] {
      return activated(f,
                       [&](const ops::Epilogue& e) { return ops::linear(in, packed->weight, e); });
    });
  });
}

void gemmule_packed_linear_free(gemmule_packed_linear* packed) { delete packed; }

}  // extern "C"
