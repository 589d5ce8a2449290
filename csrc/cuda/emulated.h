// CUDA on the CPU, for the tests of machines without a GPU: the words of the language and the calls
// of the runtime that our sources use. A kernel's threads run one after the other, each on a stack
// of its own where it waits for others, so that barriers and shuffles mean what they mean. Device
// memory can be touched only while a kernel or a copy runs: elsewhere it is a segmentation fault.
#pragma once

#include <math.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#define __global__
#define __device__
#define __host__
#define __noinline__
#define __forceinline__ inline
// Blocks run one after the other.
#define __shared__ static

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

inline uint64_t __umul64hi(uint64_t a, uint64_t b) {
  return uint64_t(static_cast<unsigned __int128>(a) * b >> 64);
}
// In the next wider type: 2 ulp, as CUDA's.
inline float sinpi(float x) { return float(::sin(M_PI * x)); }
inline float cospi(float x) { return float(::cos(M_PI * x)); }
inline double sinpi(double x) { return double(::sinl(M_PIl * x)); }
inline double cospi(double x) { return double(::cosl(M_PIl * x)); }
// Built with -ffp-contract=off.
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline float rsqrt(float x) { return 1 / sqrtf(x); }
inline double rsqrt(double x) { return 1 / ::sqrt(x); }
inline float normcdf(float x) { return float(0.5 * ::erfc(-double(x) * 0.70710678118654752)); }
inline double normcdf(double x) { return 0.5 * ::erfc(-x * 0.70710678118654752); }

void __syncthreads();

namespace gm::cuda {

/// Runs kernel() for every thread of every block.
void emulate(unsigned blocks, unsigned threads, void (*kernel)(void*), void* context);
template <class Kernel>
void emulate(unsigned blocks, unsigned threads, const Kernel& kernel) {
  emulate(
      blocks, threads, [](void* context) { (*static_cast<const Kernel*>(context))(); },
      const_cast<Kernel*>(&kernel));
}
/// What another thread of the warp passes to the same call, as bits.
uint64_t exchange(uint64_t mine, unsigned lane);

}  // namespace gm::cuda

template <class T>
T __shfl_xor_sync(unsigned, T value, int lanes) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = gm::cuda::exchange(bits, (threadIdx.x % 32) ^ unsigned(lanes));
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// ---- the runtime --------------------------------------------------------------------------------

enum cudaError_t { cudaSuccess, cudaErrorMemoryAllocation, cudaErrorInvalidValue };
enum cudaMemcpyKind { cudaMemcpyDefault };
enum cudaMemPoolAttr {
  cudaMemPoolAttrReleaseThreshold,
  cudaMemPoolAttrUsedMemCurrent,
  cudaMemPoolAttrReservedMemCurrent,
  cudaMemPoolAttrUsedMemHigh
};
using cudaStream_t = struct EmulatedStream*;
using cudaMemPool_t = struct EmulatedPool*;
constexpr unsigned cudaStreamNonBlocking = 1;

inline cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t);
const char* cudaGetErrorName(cudaError_t);
inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = 2;
  return cudaSuccess;
}
inline cudaError_t cudaSetDevice(int) { return cudaSuccess; }
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned) { return cudaSuccess; }
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t*, int) { return cudaSuccess; }
inline cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) {
  return cudaSuccess;
}
inline cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value);
cudaError_t cudaMemGetInfo(size_t* available, size_t* total);
cudaError_t cudaMallocAsync(void** data, size_t bytes, cudaStream_t);
cudaError_t cudaFreeAsync(void* data, cudaStream_t);
cudaError_t cudaMemsetAsync(void* data, int byte, size_t bytes, cudaStream_t);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t);
