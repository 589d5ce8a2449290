// Normalisation: a block for a row, or for a channel of a batch. Means come first and squares about
// them second, so that large means cost no accuracy. Gradients of weights are summed by feature,
// rows in segments that depend on shapes alone.
#include "kernels/norm.h"

#include "cuda/fold.h"

namespace gm::cuda {
namespace {

template <class T>
GM_DEVICE const T* in(const char* data) {
  return reinterpret_cast<const T*>(data);
}
template <class T>
GM_DEVICE T* out(char* data) {
  return reinterpret_cast<T*>(data);
}

struct Add {
  GM_DEVICE double operator()(double a, double b) const { return a + b; }
};
/// Σ term(i), i < n, over the block, in double.
template <class Term>
GM_DEVICE double block_sum(int64_t n, const Term& term) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < n; i += kThreads) sum += double(term(i));
  return fold_block(Add{}, sum);
}

// ---- rows ---------------------------------------------------------------------------------------

/// Feature of element i of row r.
GM_DEVICE int64_t feature(const RowNormArgs& a, int64_t r, int64_t i) {
  return r % a.groups * a.channels + i / a.span;
}

template <class T>
__global__ void row_forward_all(RowNormArgs a) {
  const int64_t n = a.channels * a.span;
  const T *weight = in<T>(a.weight), *bias = in<T>(a.bias);
  for (int64_t r = blockIdx.x; r < a.rows; r += gridDim.x) {
    const T* x = in<T>(a.x) + r * n;
    T* y = out<T>(a.y) + r * n;
    T mean = 0;
    if (a.centered) mean = T(block_sum(n, [&](int64_t i) { return x[i]; }) / double(n));
    const double squares = block_sum(n, [&](int64_t i) { return (x[i] - mean) * (x[i] - mean); });
    const T rstd = T(1 / ::sqrt(squares / double(n) + a.eps));
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      const int64_t f = feature(a, r, i);
      const T z = (x[i] - mean) * rstd;
      y[i] = z * (weight ? weight[f] : T(1)) + (bias ? bias[f] : T(0));
    }
    if (threadIdx.x == 0) {
      if (a.centered) out<T>(a.mean)[r] = mean;
      out<T>(a.rstd)[r] = rstd;
    }
  }
}

/// dx = rstd·(h - mean(h) - z·mean(h·z)), h = g·w, z the normalised x.
template <class T>
__global__ void row_dx(RowNormArgs a) {
  const int64_t n = a.channels * a.span;
  const T* weight = in<T>(a.weight);
  for (int64_t r = blockIdx.x; r < a.rows; r += gridDim.x) {
    const T *x = in<T>(a.x) + r * n, *g = in<T>(a.g) + r * n;
    const T mean = a.centered ? in<T>(a.mean)[r] : T(0), rstd = in<T>(a.rstd)[r];
    const auto h = [&](int64_t i) { return g[i] * (weight ? weight[feature(a, r, i)] : T(1)); };
    const auto z = [&](int64_t i) { return (x[i] - mean) * rstd; };
    double about = 0;
    if (a.centered) about = block_sum(n, h) / double(n);
    const double along = block_sum(n, [&](int64_t i) { return h(i) * z(i); }) / double(n);
    T* dx = out<T>(a.dx) + r * n;
    for (int64_t i = threadIdx.x; i < n; i += kThreads)
      dx[i] = rstd * (h(i) - T(about) - z(i) * T(along));
  }
}

/// Rows that name a feature, cut into segments.
struct RowSegments {
  int64_t rows, count, length;
};
RowSegments weight_segments(const RowNormArgs& a) {
  constexpr int64_t kLength = 64;
  const int64_t rows = a.rows / a.groups;
  return {rows, (rows + kLength - 1) / kLength, kLength};
}

/// partial[s][0 … 1][feature] = Σ g·z and Σ g of one segment; a thread for a feature of a segment.
template <class T>
__global__ void row_partials(RowNormArgs a, RowSegments s, double* partial) {
  const int64_t features = a.groups * a.channels, n = a.channels * a.span;
  for (int64_t p = first_piece(); p < s.count * features; p += piece_step()) {
    const int64_t segment = p / features, f = p - segment * features;
    const int64_t group = f / a.channels, c = f - group * a.channels;
    int64_t end = (segment + 1) * s.length;
    if (end > s.rows) end = s.rows;
    double along = 0, sum = 0;
    for (int64_t k = segment * s.length; k < end; ++k) {
      const int64_t r = k * a.groups + group;
      const T mean = a.centered ? in<T>(a.mean)[r] : T(0), rstd = in<T>(a.rstd)[r];
      const T *x = in<T>(a.x) + r * n + c * a.span, *g = in<T>(a.g) + r * n + c * a.span;
      for (int64_t i = 0; i < a.span; ++i) {
        along += double(g[i] * ((x[i] - mean) * rstd));
        sum += double(g[i]);
      }
    }
    partial[(segment * 2) * features + f] = along;
    partial[(segment * 2 + 1) * features + f] = sum;
  }
}
template <class T>
__global__ void row_weights(const double* partial, int64_t segments, int64_t features, T* dweight,
                            T* dbias) {
  for (int64_t f = first_piece(); f < features; f += piece_step()) {
    double along = 0, sum = 0;
    for (int64_t s = 0; s < segments; ++s) {
      along += partial[s * 2 * features + f];
      sum += partial[(s * 2 + 1) * features + f];
    }
    if (dweight) dweight[f] = T(along);
    if (dbias) dbias[f] = T(sum);
  }
}

template <class T>
void run_row_forward(const RowNormArgs& a) {
  start(row_forward_all<T>, blocks_for(a.rows * kThreads), kThreads, a);
}
template <class T>
void run_row_backward(const RowNormArgs& a, void* workspace) {
  if (a.dx) start(row_dx<T>, blocks_for(a.rows * kThreads), kThreads, a);
  if (!a.dweight && !a.dbias) return;
  const RowSegments s = weight_segments(a);
  const int64_t features = a.groups * a.channels;
  auto* partial = static_cast<double*>(workspace);
  start(row_partials<T>, blocks_for(s.count * features), kThreads, a, s, partial);
  start(row_weights<T>, blocks_for(features), kThreads, static_cast<const double*>(partial),
        s.count, features, reinterpret_cast<T*>(a.dweight), reinterpret_cast<T*>(a.dbias));
}

// ---- channels of a batch ------------------------------------------------------------------------

/// Element k of a channel: of item k / span.
GM_DEVICE int64_t place(const BatchNormArgs& a, int64_t c, int64_t k) {
  return (k / a.span * a.channels + c) * a.span + k % a.span;
}

template <class T>
__global__ void batch_forward_all(BatchNormArgs a) {
  const int64_t n = a.batch * a.span;
  const T *weight = in<T>(a.weight), *bias = in<T>(a.bias), *x = in<T>(a.x);
  T* y = out<T>(a.y);
  for (int64_t c = blockIdx.x; c < a.channels; c += gridDim.x) {
    double mean, variance;
    if (a.training) {
      mean = block_sum(n, [&](int64_t k) { return x[place(a, c, k)]; }) / double(n);
      const T about = T(mean);
      const double squares = block_sum(n, [&](int64_t k) {
        const T d = x[place(a, c, k)] - about;
        return d * d;
      });
      variance = squares / double(n);
      if (threadIdx.x == 0) {
        const auto move = [&](char* running, double now) {
          if (!running) return;
          T& value = out<T>(running)[c];
          value = T((1 - a.momentum) * double(value) + a.momentum * now);
        };
        move(a.running_mean, mean);
        move(a.running_var, squares / double(n - 1));
      }
    } else {
      mean = double(in<T>(a.running_mean)[c]);
      variance = double(in<T>(a.running_var)[c]);
    }
    const T m = T(mean), rstd = T(1 / ::sqrt(variance + a.eps));
    if (threadIdx.x == 0) {
      out<T>(a.mean)[c] = m;
      out<T>(a.rstd)[c] = rstd;
    }
    const T scale = rstd * (weight ? weight[c] : T(1)), shift = bias ? bias[c] : T(0);
    for (int64_t k = threadIdx.x; k < n; k += kThreads) {
      const int64_t i = place(a, c, k);
      y[i] = (x[i] - m) * scale + shift;
    }
  }
}

/// In evaluation the statistics do not depend on x: dx = rstd·w·g.
template <class T>
__global__ void batch_backward_all(BatchNormArgs a) {
  const int64_t n = a.batch * a.span;
  const T *weight = in<T>(a.weight), *x = in<T>(a.x), *g = in<T>(a.g);
  for (int64_t c = blockIdx.x; c < a.channels; c += gridDim.x) {
    const T mean = in<T>(a.mean)[c], rstd = in<T>(a.rstd)[c];
    double sum = 0, along = 0;
    if (a.training || a.dweight || a.dbias) {
      sum = block_sum(n, [&](int64_t k) { return g[place(a, c, k)]; });
      along = block_sum(n, [&](int64_t k) {
        const int64_t i = place(a, c, k);
        return g[i] * ((x[i] - mean) * rstd);
      });
    }
    if (threadIdx.x == 0) {
      if (a.dweight) out<T>(a.dweight)[c] = T(along);
      if (a.dbias) out<T>(a.dbias)[c] = T(sum);
    }
    if (!a.dx) continue;
    const T scale = rstd * (weight ? weight[c] : T(1));
    const T h = a.training ? T(sum / double(n)) : T(0);
    const T z = a.training ? T(along / double(n)) : T(0);
    for (int64_t k = threadIdx.x; k < n; k += kThreads) {
      const int64_t i = place(a, c, k);
      out<T>(a.dx)[i] = scale * (g[i] - h - (x[i] - mean) * rstd * z);
    }
  }
}

// ---- entries ------------------------------------------------------------------------------------

void row_forward(const RowNormArgs& a) {
  if (a.dtype == DType::Float64)
    run_row_forward<double>(a);
  else
    run_row_forward<float>(a);
}
int64_t row_workspace(const RowNormArgs& a) {
  if (!a.dweight && !a.dbias) return 0;
  return weight_segments(a).count * 2 * a.groups * a.channels * int64_t(sizeof(double));
}
void row_backward(const RowNormArgs& a, void* workspace) {
  if (a.dtype == DType::Float64)
    run_row_backward<double>(a, workspace);
  else
    run_row_backward<float>(a, workspace);
}
void batch_forward(const BatchNormArgs& a) {
  start(a.dtype == DType::Float64 ? batch_forward_all<double> : batch_forward_all<float>,
        blocks_for(a.channels * kThreads), kThreads, a);
}
void batch_backward(const BatchNormArgs& a) {
  start(a.dtype == DType::Float64 ? batch_backward_all<double> : batch_backward_all<float>,
        blocks_for(a.channels * kThreads), kThreads, a);
}

}  // namespace

constinit const NormKernels norm = {
    .row_forward = row_forward,
    .row_workspace = row_workspace,
    .row_backward = row_backward,
    .batch_forward = batch_forward,
    .batch_backward = batch_backward,
};

}  // namespace gm::cuda
