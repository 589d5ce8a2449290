// Draws and dropout: a thread takes a block of the stream, which is four words.
#include "kernels/random.h"

#include "isa/random.h"

namespace gm::cuda {
namespace {

/// out[i] = make(words of i's block, i's place in it, i).
template <class T, class Make>
__global__ void draw_all(T* out, int64_t n, Stream stream, Make make) {
  constexpr int kEach = Make::kEach;
  for (int64_t block = first_piece(); block * kEach < n; block += piece_step()) {
    const Words words = philox(stream, uint64_t(block));
    for (int k = 0; k < kEach && block * kEach + k < n; ++k)
      out[block * kEach + k] = make(words, k, block * kEach + k);
  }
}
template <class T, class Make>
void draw(char* out, int64_t n, Stream stream, const Make& make) {
  if (n > 0)
    start(draw_all<T, Make>, blocks_for((n + Make::kEach - 1) / Make::kEach), kThreads,
          reinterpret_cast<T*>(out), n, stream, make);
}

template <class T>
struct Uniform {
  static constexpr int kEach = 16 / sizeof(T);
  T low, width, top;
  GM_DEVICE T operator()(const Words& words, int k, int64_t) const {
    const T x = scaled(uniform_of<T>(words, k), width, low);
    return top < x ? top : x;  // the sum may round up to what is outside
  }
};
template <class T>
struct Normal {
  static constexpr int kEach = 16 / sizeof(T);
  T mean, deviation;
  GM_DEVICE T operator()(const Words& words, int k, int64_t) const {
    return ::fma(normal_of<T>(words, k), deviation, mean);
  }
};
struct Integer {
  static constexpr int kEach = 2;
  int64_t low;
  uint64_t range;
  GM_DEVICE int64_t operator()(const Words& words, int k, int64_t) const {
    return int64_t(__umul64hi(words.pair(k), range) + uint64_t(low));
  }
};
template <class T>
struct Drop {
  static constexpr int kEach = 4;  // a word each, whatever the dtype
  const T* x;
  int32_t threshold;
  T scale;
  GM_DEVICE T operator()(const Words& words, int k, int64_t i) const {
    return int32_t(words.word[k] >> 8) >= threshold ? x[i] * scale : T(0);
  }
};

template <class T>
void uniforms(const DrawArgs& args) {
  draw<T>(args.out, args.n, {args.seed, args.offset},
          Uniform<T>{T(args.low), T(args.high - args.low), T(args.top)});
}
void uniform(const DrawArgs& args) {
  args.dtype == DType::Float64 ? uniforms<double>(args) : uniforms<float>(args);
}

template <class T>
void normals(const DrawArgs& args) {
  draw<T>(args.out, args.n, {args.seed, args.offset}, Normal<T>{T(args.low), T(args.high)});
}
void normal(const DrawArgs& args) {
  args.dtype == DType::Float64 ? normals<double>(args) : normals<float>(args);
}

void integers(const DrawArgs& args) {
  draw<int64_t>(args.out, args.n, {args.seed, args.offset},
                Integer{args.integer_low, args.integer_range});
}

template <class T>
void drop(const DropoutArgs& args) {
  draw<T>(
      args.y, args.n, {args.seed, args.offset},
      Drop<T>{reinterpret_cast<const T*>(args.x), int32_t(args.p * 0x1p24), T(1 / (1 - args.p))});
}
void dropout(const DropoutArgs& args) {
  args.dtype == DType::Float64 ? drop<double>(args) : drop<float>(args);
}

}  // namespace

constinit const RandomKernels random_draws = {
    .uniform = uniform,
    .normal = normal,
    .integers = integers,
    .dropout = dropout,
};

}  // namespace gm::cuda
