// Pooling: a thread for an element of what is written, which gathers what it is made of. Only the
// gradient of maxima scatters, to places that the data says: a thread for a plane, in order.
#include "kernels/pool.h"

#include "cuda/runtime.h"

namespace gm::cuda {
namespace {

/// Inputs [begin, end) by `step` that an output reads.
struct Range {
  int64_t begin, end, step;
};
GM_DEVICE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

GM_DEVICE Range window(const PoolAxis& a, int64_t i) {
  int64_t begin = i * a.stride - a.padding;
  const int64_t end = begin + (a.kernel - 1) * a.dilation + 1;
  if (begin < 0) begin += (-begin + a.dilation - 1) / a.dilation * a.dilation;
  return {begin, least(end, a.in), a.dilation};
}
template <bool adapts>
GM_DEVICE Range reads(const PoolAxis& a, int64_t i) {
  if (adapts) return {i * a.in / a.out, ((i + 1) * a.in + a.out - 1) / a.out, 1};
  return window(a, i);
}
/// Positions of a window, those in the padding included but not those beyond it.
GM_DEVICE int64_t padded(const PoolAxis& a, int64_t i) {
  const int64_t begin = i * a.stride - a.padding;
  return least(begin + a.kernel, a.in + a.padding) - begin;
}

struct Element {
  int64_t plane, y, x;
  GM_DEVICE Element(int64_t i, int64_t height, int64_t width)
      : plane(i / (height * width)), y(i / width % height), x(i % width) {}
};

/// output i = of(the plane it reads, rows, columns, its place, i).
template <class T, bool adapts, class Of>
GM_DEVICE void each_output(const PoolArgs& a, const Of& of) {
  const auto* input = reinterpret_cast<const T*>(a.input);
  const int64_t n = a.planes * a.y.out * a.x.out;
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    const Element e(i, a.y.out, a.x.out);
    reinterpret_cast<T*>(a.output)[i] = of(input + e.plane * a.y.in * a.x.in,
                                           reads<adapts>(a.y, e.y), reads<adapts>(a.x, e.x), e, i);
  }
}

template <class T, bool adapts>
__global__ void max_all(PoolArgs a, int32_t* argmax) {
  each_output<T, adapts>(a, [&](const T* plane, Range ys, Range xs, Element, int64_t i) {
    int64_t at = ys.begin * a.x.in + xs.begin;
    T best = plane[at];
    for (int64_t y = ys.begin; y < ys.end; y += ys.step)
      for (int64_t x = xs.begin; x < xs.end; x += xs.step) {
        const T value = plane[y * a.x.in + x];
        if (best == best && (value > best || value != value)) {
          best = value;
          at = y * a.x.in + x;
        }
      }
    if (argmax) argmax[i] = int32_t(at);
    return best;
  });
}

template <class T>
__global__ void scatter_all(PoolArgs a, const int32_t* argmax, int64_t* wrong) {
  const int64_t in = a.y.in * a.x.in, out = a.y.out * a.x.out;
  for (int64_t p = first_piece(); p < a.planes; p += piece_step()) {
    T* plane = reinterpret_cast<T*>(a.input) + p * in;
    for (int64_t i = 0; i < in; ++i) plane[i] = T(0);
    int64_t outside = 0;
    for (int64_t i = 0; i < out; ++i) {
      const int64_t at = argmax[p * out + i];
      if (at < 0 || at >= in) outside = at;
    }
    if (outside) {
      *wrong = outside;  // of several planes, anyone's
      continue;
    }
    for (int64_t i = 0; i < out; ++i)
      plane[argmax[p * out + i]] += reinterpret_cast<const T*>(a.output)[p * out + i];
  }
}

GM_DEVICE int64_t divisor_of(const PoolArgs& a, AverageDivisor d, int64_t y, int64_t x,
                             const Range& ys, const Range& xs) {
  if (d.fixed) return d.fixed;
  if (d.include_padding) return padded(a.y, y) * padded(a.x, x);
  return (ys.end - ys.begin) * (xs.end - xs.begin);
}

template <class T, bool adapts>
__global__ void average_all(PoolArgs a, AverageDivisor d) {
  each_output<T, adapts>(a, [&](const T* plane, Range ys, Range xs, Element e, int64_t) {
    T sum = 0;  // of the rows' sums: in one chain a large window would round too often
    for (int64_t y = ys.begin; y < ys.end; ++y) {
      T row = 0;
      for (int64_t x = xs.begin; x < xs.end; ++x) row += plane[y * a.x.in + x];
      sum += row;
    }
    return sum / T(divisor_of(a, d, e.y, e.x, ys, xs));
  });
}

/// Outputs [begin, end) whose windows may hold input i.
template <bool adapts>
GM_DEVICE Range readers(const PoolAxis& a, int64_t i) {
  if (adapts) return {i * a.out / a.in, least((i + 1) * a.out / a.in + 1, a.out), 1};
  const int64_t first = i + a.padding - a.kernel + 1;
  return {first <= 0 ? 0 : (first + a.stride - 1) / a.stride,
          least((i + a.padding) / a.stride + 1, a.out), 1};
}

template <class T, bool adapts>
__global__ void average_gradient_all(PoolArgs a, AverageDivisor d) {
  const auto* g = reinterpret_cast<const T*>(a.output);
  const int64_t n = a.planes * a.y.in * a.x.in;
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    const Element e(i, a.y.in, a.x.in);
    const Range down = readers<adapts>(a.y, e.y), across = readers<adapts>(a.x, e.x);
    T sum = 0;
    for (int64_t y = down.begin; y < down.end; ++y) {
      const Range ys = reads<adapts>(a.y, y);
      if (e.y < ys.begin || e.y >= ys.end) continue;
      for (int64_t x = across.begin; x < across.end; ++x) {
        const Range xs = reads<adapts>(a.x, x);
        if (e.x < xs.begin || e.x >= xs.end) continue;
        sum += g[(e.plane * a.y.out + y) * a.x.out + x] / T(divisor_of(a, d, y, x, ys, xs));
      }
    }
    reinterpret_cast<T*>(a.input)[i] = sum;
  }
}

// ---- entries ------------------------------------------------------------------------------------

int64_t outputs(const PoolArgs& a) { return a.planes * a.y.out * a.x.out; }
int64_t inputs(const PoolArgs& a) { return a.planes * a.y.in * a.x.in; }
bool wide(const PoolArgs& a) { return a.dtype == DType::Float64; }

template <bool adapts>
void max(const PoolArgs& a, int32_t* argmax) {
  start(wide(a) ? max_all<double, adapts> : max_all<float, adapts>, blocks_for(outputs(a)),
        kThreads, a, argmax);
}
void scatter(const PoolArgs& a, const int32_t* argmax, int64_t* wrong) {
  start(wide(a) ? scatter_all<double> : scatter_all<float>, blocks_for(a.planes), kThreads, a,
        argmax, wrong);
}
void average(const PoolArgs& a, AverageDivisor d) {
  start(wide(a) ? average_all<double, false> : average_all<float, false>, blocks_for(outputs(a)),
        kThreads, a, d);
}
void average_gradient(const PoolArgs& a, AverageDivisor d) {
  start(wide(a) ? average_gradient_all<double, false> : average_gradient_all<float, false>,
        blocks_for(inputs(a)), kThreads, a, d);
}
void adaptive_average(const PoolArgs& a) {
  start(wide(a) ? average_all<double, true> : average_all<float, true>, blocks_for(outputs(a)),
        kThreads, a, AverageDivisor{});
}
void adaptive_average_gradient(const PoolArgs& a) {
  start(wide(a) ? average_gradient_all<double, true> : average_gradient_all<float, true>,
        blocks_for(inputs(a)), kThreads, a, AverageDivisor{});
}

}  // namespace

constinit const MaxPoolKernels max_pool = {
    .window = max<false>,
    .adaptive = max<true>,
    .scatter = scatter,
    .by_tap = nullptr,
    .window_by_tap = nullptr,
    .gather = nullptr,
};
constinit const AveragePoolKernels average_pool = {
    .window = average,
    .window_gradient = average_gradient,
    .adaptive = adaptive_average,
    .adaptive_gradient = adaptive_average_gradient,
};

}  // namespace gm::cuda
