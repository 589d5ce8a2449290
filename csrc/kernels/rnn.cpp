#include "kernels/rnn.h"

#include "kernels/rnn_backward.h"
#include "kernels/rnn_forward.h"
#include "kernels/rnn_step.h"

namespace gm::GM_ISA {
namespace {

/// body(T{}, Cell{}).
template <class Body>
void with_types(const RnnShape& s, const Body& body) {
  with_cell(s.cell, [&](auto cell) {
    if (s.dtype == DType::Float64)
      body(double{}, cell);
    else
      body(float{}, cell);
  });
}

int64_t forward_workspace(const RnnShape& s) {
  int64_t bytes = 0;
  with_types(s, [&](auto lane, auto cell) {
    bytes = ForwardPlan<decltype(lane), decltype(cell)>(s).bytes;
  });
  return bytes + kPackSlack;
}
int64_t backward_workspace(const RnnShape& s) {
  return s.dtype == DType::Float64 ? BackwardPlan<double>(s).bytes : BackwardPlan<float>(s).bytes;
}
int64_t sums_steps(const RnnShape& s) {
  return s.dtype == DType::Float64 ? BackwardPlan<double>(s).steps : BackwardPlan<float>(s).steps;
}

void forward(const RnnForward& w) {
  with_types(w.shape,
             [&](auto lane, auto cell) { Forward<decltype(lane), decltype(cell)>(w).run(); });
}
template <class T>
GM_NOINLINE void walk_back(const RnnBackward& w, const CellOf<T>& cell) {
  BackwardWalk<T>(w, cell).run();
}
void backward(const RnnBackward& w) {
  with_types(w.shape, [&](auto lane, auto cell) {
    using T = decltype(lane);
    walk_back<T>(w, BackwardCells<T, decltype(cell)>::of());
  });
}
void one_step(const RnnStep& w) {
  with_types(w.shape, [&](auto lane, auto cell) { step<decltype(lane), decltype(cell)>(w); });
}
void one_step_backward(const RnnStepBackward& w) {
  with_types(w.shape,
             [&](auto lane, auto cell) { step_backward<decltype(lane), decltype(cell)>(w); });
}

}  // namespace

constinit const RnnKernels rnn = {
    .forward_workspace = forward_workspace,
    .backward_workspace = backward_workspace,
    .sums_steps = sums_steps,
    .forward = forward,
    .backward = backward,
    .step = one_step,
    .step_backward = one_step_backward,
};

}  // namespace gm::GM_ISA
