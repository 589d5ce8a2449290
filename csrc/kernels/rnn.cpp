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

void forward(const RnnForward& w) {
  with_types(w.shape,
             [&](auto lane, auto cell) { Forward<decltype(lane), decltype(cell)>(w).run(); });
}
void backward(const RnnBackward& w) {
  with_types(w.shape,
             [&](auto lane, auto cell) { Backward<decltype(lane), decltype(cell)>(w).run(); });
}
void one_step(const RnnStep& w) {
  with_types(w.shape, [&](auto lane, auto cell) { step<decltype(lane), decltype(cell)>(w); });
}
void one_step_backward(const RnnStepBackward& w) {
  with_types(w.shape,
             [&](auto lane, auto cell) { step_backward<decltype(lane), decltype(cell)>(w); });
}

/// Eight rows at a time by a strip of columns whose sums stay in L1; rows in blocks, whose sums are
/// added in order.
template <class T>
void sum_columns(const T* x, int64_t rows, int64_t columns, int64_t step, T* out) {
  constexpr int N = Vec<T>::N;
  constexpr int64_t kBlock = 1024, kStrip = 256;
  parallel_for(ceil_divide(columns, kStrip), rows * columns / 8, [&](int64_t piece) {
    const int64_t first = piece * kStrip, width = smaller(kStrip, columns - first);
    T sums[kStrip];
    const auto each = [&](const auto& body) {
      for (int64_t j = 0; j < width; j += N) body(j, static_cast<int>(smaller(N, width - j)));
    };
    const auto zero = [&](int64_t j, int lanes) { Vec<T>(T(0)).store(sums + j, lanes); };
    each([&](int64_t j, int lanes) { Vec<T>(T(0)).store(out + first + j, lanes); });
    for (int64_t begin = 0; begin < rows; begin += kBlock) {
      const int64_t end = smaller(begin + kBlock, rows);
      each(zero);
      int64_t i = begin;
      for (; i + 8 <= end; i += 8) {
        const T* row = x + i * step + first;
        each([&](int64_t j, int lanes) {
          Vec<T> r[8];
#pragma GCC unroll 8
          for (int k = 0; k < 8; ++k) r[k] = Vec<T>::load(row + k * step + j, lanes);
          const Vec<T> eight = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
          (Vec<T>::load(sums + j, lanes) + eight).store(sums + j, lanes);
        });
      }
      for (; i < end; ++i) {
        const T* row = x + i * step + first;
        each([&](int64_t j, int lanes) {
          (Vec<T>::load(sums + j, lanes) + Vec<T>::load(row + j, lanes)).store(sums + j, lanes);
        });
      }
      each([&](int64_t j, int lanes) {
        T* to = out + first + j;
        (Vec<T>::load(to, lanes) + Vec<T>::load(sums + j, lanes)).store(to, lanes);
      });
    }
  });
}
void sum_rows(DType dtype, const char* x, int64_t rows, int64_t columns, int64_t step, char* out) {
  if (dtype == DType::Float64) {
    sum_columns(reinterpret_cast<const double*>(x), rows, columns, step,
                reinterpret_cast<double*>(out));
  } else {
    sum_columns(reinterpret_cast<const float*>(x), rows, columns, step,
                reinterpret_cast<float*>(out));
  }
}

}  // namespace

constinit const RnnKernels rnn = {
    .forward_workspace = forward_workspace,
    .backward_workspace = backward_workspace,
    .forward = forward,
    .backward = backward,
    .step = one_step,
    .step_backward = one_step_backward,
    .sum_rows = sum_rows,
};

}  // namespace gm::GM_ISA
