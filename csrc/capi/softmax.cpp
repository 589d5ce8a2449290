#include "ops/softmax.h"

#include "capi/call.h"

using namespace gm;
using namespace gm::capi;

namespace {

gemmule_status forward(const char* op,
                       Array (*softmax)(const Array&, int, const std::optional<DType>&),
                       const gemmule_tensor* x, int32_t axis, const gemmule_tensor* y,
                       gemmule_workspace* workspace) {
  return guarded(op, workspace, [&](Call& call) {
    const Array& in = call.in("x", x);
    call.out("y", y);
    call.compute([&] { return Results(softmax(in, axis, std::nullopt)); });
  });
}

gemmule_status backward(const char* op, Array (*softmax)(const Array&, const Array&, int),
                        const gemmule_tensor* dy, const gemmule_tensor* y, int32_t axis,
                        const gemmule_tensor* dx, gemmule_workspace* workspace) {
  return guarded(op, workspace, [&](Call& call) {
    const Array& result = call.in("y", y);
    const Array& g = call.in("dy", dy);
    check_type(is_float(result.dtype()), op, ": y is ", result.dtype(), ", expected a float");
    expect(op, "dy", g, result.shape(), result.dtype());
    call.out("dx", dx);
    call.compute([&] { return Results(softmax(g, result, axis).astype(result.dtype())); });
  });
}

}  // namespace

extern "C" {

gemmule_status gemmule_softmax(const gemmule_tensor* x, int32_t axis, const gemmule_tensor* y,
                               gemmule_workspace* workspace) {
  return forward("softmax", ops::softmax, x, axis, y, workspace);
}

gemmule_status gemmule_log_softmax(const gemmule_tensor* x, int32_t axis, const gemmule_tensor* y,
                                   gemmule_workspace* workspace) {
  return forward("log_softmax", ops::log_softmax, x, axis, y, workspace);
}

gemmule_status gemmule_softmax_backward(const gemmule_tensor* dy, const gemmule_tensor* y,
                                        int32_t axis, const gemmule_tensor* dx,
                                        gemmule_workspace* workspace) {
  return backward("softmax_backward", ops::softmax_backward, dy, y, axis, dx, workspace);
}

gemmule_status gemmule_log_softmax_backward(const gemmule_tensor* dy, const gemmule_tensor* y,
                                            int32_t axis, const gemmule_tensor* dx,
                                            gemmule_workspace* workspace) {
  return backward("log_softmax_backward", ops::log_softmax_backward, dy, y, axis, dx, workspace);
}

}  // extern "C"
