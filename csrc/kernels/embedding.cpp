#include "kernels/embedding.h"

#include "isa/math.h"
#include "isa/parallel.h"

namespace gm::GM_ISA {
namespace {

void gather(const RowGather& w) {
  if (w.bytes == 0) return;
  const int64_t rows = w.bytes < 65536 ? 65536 / w.bytes : 1;  // a piece
  parallel_for((w.count + rows - 1) / rows, w.count * (20 + w.bytes / 8), [&](int64_t piece) {
    const int64_t end = (piece + 1) * rows < w.count ? (piece + 1) * rows : w.count;
    for (int64_t i = piece * rows; i < end; ++i)
      __builtin_memcpy(w.out + i * w.bytes, w.table + w.indices[i] * w.stride,
                       static_cast<size_t>(w.bytes));
  });
}

/// G vectors of a row's sum, `lanes` of the last one.
template <class T, int G>
void sum_strip(const T* values, int64_t width, const int64_t* order, int64_t count, T scale, T* sum,
               int lanes) {
  constexpr int N = Vec<T>::N;
  // A bucket is added in blocks, so that its rounding error does not grow with its size.
  constexpr int64_t kBlock = 512;
  Vec<T> total[G];
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g) total[g] = Vec<T>(T(0));
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = begin + kBlock < count ? begin + kBlock : count;
    Vec<T> part[G];
#pragma GCC unroll 4
    for (int g = 0; g < G; ++g) part[g] = Vec<T>(T(0));
    for (int64_t k = begin; k < end; ++k) {
      const T* row = values + order[k] * width;
#pragma GCC unroll 4
      for (int g = 0; g < G - 1; ++g) part[g] += Vec<T>::load(row + g * N);
      part[G - 1] +=
          lanes == N ? Vec<T>::load(row + (G - 1) * N) : Vec<T>::load(row + (G - 1) * N, lanes);
    }
#pragma GCC unroll 4
    for (int g = 0; g < G; ++g) total[g] += part[g];
  }
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g) total[g] *= Vec<T>(scale);
#pragma GCC unroll 4
  for (int g = 0; g < G - 1; ++g) total[g].store(sum + g * N);
  total[G - 1].store(sum + (G - 1) * N, lanes);
}

/// Columns [from, to) of one row.
template <class T>
void sum_row(const RowSums& w, int64_t row, int64_t from, int64_t to) {
  constexpr int N = Vec<T>::N, G = 4;
  T* sum = reinterpret_cast<T*>(w.sums) + row * w.width;
  const int64_t begin = w.buckets.start[row], count = w.buckets.start[row + 1] - begin;
  if (count == 0 || row == w.padding) {
    __builtin_memset(sum + from, 0, static_cast<size_t>(to - from) * sizeof(T));
    return;
  }
  const T* values = reinterpret_cast<const T*>(w.values);
  const int64_t* order = w.buckets.order + begin;
  const T scale = w.mean ? T(1) / T(count) : T(1);
  int64_t j = from;
  for (; j + G * N <= to; j += G * N)
    sum_strip<T, G>(values + j, w.width, order, count, scale, sum + j, N);
  for (; j < to; j += N)
    sum_strip<T, 1>(values + j, w.width, order, count, scale, sum + j,
                    static_cast<int>(to - j < N ? to - j : N));
}

void sum(const RowSums& w) {
  const RowBuckets& b = w.buckets;
  if (w.width == 0) return;
  // Pieces are blocks of rows by strips of columns: a small table has few rows to hand out.
  const int64_t columns = w.width < 1024 ? w.width : 1024;
  const int64_t strips = (w.width + columns - 1) / columns;
  const int64_t rows = (b.rows + 63) / 64;
  const int64_t blocks = rows ? (b.rows + rows - 1) / rows : 0;
  parallel_for(blocks * strips, (b.count + b.rows) * w.width / 8, [&](int64_t piece) {
    const int64_t from = piece % strips * columns;
    const int64_t to = from + columns < w.width ? from + columns : w.width;
    const int64_t first = piece / strips * rows;
    const int64_t last = first + rows < b.rows ? first + rows : b.rows;
    for (int64_t row = first; row < last; ++row) {
      if (w.dtype == DType::Float64)
        sum_row<double>(w, row, from, to);
      else
        sum_row<float>(w, row, from, to);
    }
  });
}

/// Σ|x|^p, or the largest |x|, in double lanes.
template <class T>
double norm_of(const T* x, int64_t width, double p) {
  double sum = 0;
  for (int64_t j = 0; j < width; ++j) {
    const double a = __builtin_fabs(double(x[j]));
    if (p == 2)
      sum += a * a;
    else if (p == 1)
      sum += a;
    else if (p == __builtin_inf())
      sum = a > sum || a != a ? a : sum;
    else
      sum += exp(Vec<double>(p) * log(Vec<double>(a)))[0];
  }
  if (p == 2) return __builtin_sqrt(sum);
  if (p == 1 || p == __builtin_inf()) return sum;
  return exp(log(Vec<double>(sum)) / Vec<double>(p))[0];
}

template <class T>
void renorm_row(const RowRenorm& w, int64_t row) {
  T* x = reinterpret_cast<T*>(w.table) + row * w.stride;
  const double norm = norm_of(x, w.width, w.p);
  if (!(norm > w.most)) return;
  const T factor = T(w.most / (norm + 1e-7));
  for (int64_t j = 0; j < w.width; ++j) x[j] *= factor;
}

void renorm(const RowRenorm& w) {
  const int64_t rows = (w.buckets.rows + 63) / 64;
  const int64_t blocks = rows ? (w.buckets.rows + rows - 1) / rows : 0;
  parallel_for(blocks, w.buckets.count * w.width, [&](int64_t piece) {
    const int64_t first = piece * rows;
    const int64_t last = first + rows < w.buckets.rows ? first + rows : w.buckets.rows;
    for (int64_t row = first; row < last; ++row) {
      if (w.buckets.start[row] == w.buckets.start[row + 1]) continue;
      if (w.dtype == DType::Float64)
        renorm_row<double>(w, row);
      else
        renorm_row<float>(w, row);
    }
  });
}

}  // namespace

constinit const EmbeddingKernels embedding = {
    .gather = gather,
    .sum = sum,
    .renorm = renorm,
};

}  // namespace gm::GM_ISA
