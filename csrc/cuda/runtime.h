// What every CUDA source stands on: errors, the stream, starting kernels, memory for a moment.
//
// Kernels are started by start(), not by <<<…>>>, so that the same sources also build where there
// is no CUDA: cuda/emulated.h then runs their threads on the CPU, for the tests.
#pragma once

#include <cstdint>

#include "core/view.h"

#ifdef GEMMULE_CUDA_EMULATED
#include "cuda/emulated.h"
#else
#include <cuda_runtime.h>
#endif

#define GM_DEVICE __device__ __forceinline__

namespace gm::cuda {

/// RuntimeError with the running operation's name and CUDA's words, unless `status` is success.
void check(cudaError_t status);

/// Of the running operation's device: all work of one device is started on one stream.
cudaStream_t stream();

/// Device memory that is free again once what was started before its end has run.
class Temporary {
 public:
  explicit Temporary(size_t bytes);
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  char* data_;
};

/// What kernels take of several by value.
template <class T, int N>
struct Several {
  T item[N];
  __host__ __device__ T& operator[](int i) { return item[i]; }
  __host__ __device__ const T& operator[](int i) const { return item[i]; }
};

inline constexpr int kThreads = 256;

/// Blocks of kThreads for n pieces of work, in a loop over the grid where they would be too many.
inline int64_t blocks_for(int64_t n) {
  constexpr int64_t kMost = 1 << 16;
  const int64_t blocks = (n + kThreads - 1) / kThreads;
  return blocks < 1 ? 1 : blocks > kMost ? kMost : blocks;
}
/// The pieces of a thread: for (int64_t i = first_piece(); i < n; i += piece_step()).
GM_DEVICE int64_t first_piece() { return int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }
GM_DEVICE int64_t piece_step() { return int64_t(gridDim.x) * blockDim.x; }

/// kernel<<<blocks, threads>>>(args…) on the stream.
template <class... Parameters, class... Args>
void start(void (*kernel)(Parameters...), int64_t blocks, int threads, const Args&... args) {
#ifdef GEMMULE_CUDA_EMULATED
  emulate(unsigned(blocks), unsigned(threads), [&] { kernel(args...); });
#else
  // clang-format off
  kernel<<<unsigned(blocks), unsigned(threads), 0, stream()>>>(Parameters(args)...);
  // clang-format on
  check(cudaGetLastError());
#endif
}

}  // namespace gm::cuda
