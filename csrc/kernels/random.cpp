#include "kernels/random.h"

#include "isa/parallel.h"
#include "isa/random.h"

namespace gm::GM_ISA {
namespace {

/// Elements of a piece: whole batches on every ISA.
constexpr int64_t kPiece = 16 * 1024;

/// body(first, count) over pieces of [0, n).
template <class Body>
void in_pieces(int64_t n, int64_t picoseconds, const Body& body) {
  parallel_for((n + kPiece - 1) / kPiece, n * picoseconds / 1000, [&](int64_t piece) {
    const int64_t first = piece * kPiece;
    body(first, n - first < kPiece ? n - first : kPiece);
  });
}

template <class T>
void uniform_of(const DrawArgs& args) {
  const Stream stream{args.seed, args.offset};
  const Vec<T> low(T(args.low)), width(T(args.high - args.low)), top(T(args.top));
  in_pieces(args.n, 700 * int64_t(sizeof(T)) / 4, [&](int64_t first, int64_t count) {
    fill_random<T>(first, count, reinterpret_cast<T*>(args.out) + first, [&](int64_t index) {
      const Batch<T> u = uniforms<T>(stream, index);
      // Opaque, or FMA would round once where v2 rounds twice: the bits are promised.
      // The sum may round up to `high`, which is outside.
      return Batch<T>{min(top, opaque(u.first * width) + low),
                      min(top, opaque(u.second * width) + low)};
    });
  });
}

template <class T>
void normal_of(const DrawArgs& args) {
  const Stream stream{args.seed, args.offset};
  const Vec<T> mean(T(args.low)), deviation(T(args.high));
  in_pieces(args.n, 2000 * int64_t(sizeof(T)) / 4, [&](int64_t first, int64_t count) {
    fill_random<T>(first, count, reinterpret_cast<T*>(args.out) + first, [&](int64_t index) {
      const Batch<T> z = normals<T>(stream, index);
      return Batch<T>{fma(z.first, deviation, mean), fma(z.second, deviation, mean)};
    });
  });
}

void uniform(const DrawArgs& args) {
  if (args.dtype == DType::Float64)
    uniform_of<double>(args);
  else
    uniform_of<float>(args);
}

void normal(const DrawArgs& args) {
  if (args.dtype == DType::Float64)
    normal_of<double>(args);
  else
    normal_of<float>(args);
}

void draw_integers(const DrawArgs& args) {
  const Stream stream{args.seed, args.offset};
  in_pieces(args.n, 2000, [&](int64_t first, int64_t count) {
    fill_random<int64_t>(first, count, reinterpret_cast<int64_t*>(args.out) + first,
                         [&](int64_t index) {
                           return integers(stream, index, args.integer_low, args.integer_range);
                         });
  });
}

/// Element i is kept if the upper 24 bits of word i are at least p·2^24.
template <class T>
void dropout_of(const DropoutArgs& args) {
  const Stream stream{args.seed, args.offset};
  const Vec<int32_t> threshold(static_cast<int32_t>(args.p * 0x1p24));
  const T scale = T(1 / (1 - args.p));
  in_pieces(args.n, 900, [&](int64_t first, int64_t count) {
    const T* x = reinterpret_cast<const T*>(args.x) + first;
    T* y = reinterpret_cast<T*>(args.y) + first;
    constexpr int64_t kBatch = Batch<uint32_t>::kSize;
    constexpr int N = Vec<T>::N;
    for (int64_t at = 0; at < count; at += kBatch) {
      const Batch<uint32_t> word = random_bits<uint32_t>(stream, (first + at) / kBatch);
      const Vec<T> s(scale);
      T factor[kBatch];
      if constexpr (sizeof(T) == 4) {
        keep(bits<int32_t>(word.first >> 8) >= threshold, bits<int32_t>(s)).store((int32_t*)factor);
        keep(bits<int32_t>(word.second >> 8) >= threshold, bits<int32_t>(s))
            .store((int32_t*)factor + N);
      } else {
        int32_t upper[kBatch];
        bits<int32_t>(word.first >> 8).store(upper);
        bits<int32_t>(word.second >> 8).store(upper + Vec<int32_t>::N);
        for (int i = 0; i < kBatch; ++i) factor[i] = upper[i] >= threshold[0] ? scale : T(0);
      }
      const int64_t here = count - at < kBatch ? count - at : kBatch;
      for (int64_t i = 0; i < here; i += N) {
        const int lanes = here - i < N ? static_cast<int>(here - i) : N;
        const Vec<T> f = Vec<T>::load(factor + i);
        // Not x·0: a dropped infinity is 0.
        keep(f != Vec<T>(T(0)), Vec<T>::load(x + at + i, lanes) * f).store(y + at + i, lanes);
      }
    }
  });
}

void dropout(const DropoutArgs& args) {
  if (args.dtype == DType::Float64)
    dropout_of<double>(args);
  else
    dropout_of<float>(args);
}

}  // namespace

constinit const RandomKernels random_draws = {
    .uniform = uniform,
    .normal = normal,
    .integers = draw_integers,
    .dropout = dropout,
};

}  // namespace gm::GM_ISA
