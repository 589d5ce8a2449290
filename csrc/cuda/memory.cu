// The device: streams, the stream-ordered allocator, copies, errors that come late.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "core/device.h"
#include "core/error.h"
#include "cuda/runtime.h"

namespace gm::cuda {

namespace {

constexpr int kMostDevices = 16;
thread_local const char* running_op = "cuda";
thread_local int running_device = 0;

/// Made at the device's first use, never destroyed: storages outlive static destruction.
struct DeviceState {
  std::once_flag once;
  cudaStream_t stream = nullptr;
  cudaMemPool_t pool = nullptr;
};
DeviceState& state(int device) {
  static auto* states = new DeviceState[kMostDevices];
  DeviceState& s = states[device];
  std::call_once(s.once, [&] {
    check(cudaSetDevice(device));
    check(cudaStreamCreateWithFlags(&s.stream, cudaStreamNonBlocking));
    check(cudaDeviceGetDefaultMemPool(&s.pool, device));
    // Freed memory stays in the pool: giving it back to the driver costs more than most kernels.
    uint64_t all = ~uint64_t(0);
    check(cudaMemPoolSetAttribute(s.pool, cudaMemPoolAttrReleaseThreshold, &all));
  });
  return s;
}

bool synchronous() {
  static const bool chosen = [] {
    const char* value = std::getenv("GEMMULE_CUDA_SYNC");
    return value && std::strcmp(value, "0") != 0;
  }();
  return chosen;
}

void choose(Device device) {
  if (running_device != device.index) check(cudaSetDevice(device.index));
  running_device = device.index;
}

int count() {
  static const int devices = [] {
    int n = 0;
    return cudaGetDeviceCount(&n) == cudaSuccess ? (n < kMostDevices ? n : kMostDevices) : 0;
  }();
  return devices;
}

char* allocate(Device device, size_t bytes) {
  choose(device);
  void* data = nullptr;
  const cudaError_t status = cudaMallocAsync(&data, bytes ? bytes : 1, state(device.index).stream);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // or the next call would report it again
    return nullptr;
  }
  check(status);
  return static_cast<char*>(data);
}

/// Called by destructors: an error stays for the next call to report.
void release(Device device, char* data) { cudaFreeAsync(data, state(device.index).stream); }

void zero(Device device, char* data, size_t bytes) {
  choose(device);
  check(cudaMemsetAsync(data, 0, bytes, state(device.index).stream));
}

void synchronize(Device device) {
  choose(device);
  check(cudaStreamSynchronize(state(device.index).stream));
}

void copy(Device to, char* target, Device from, const char* source, size_t bytes) {
  const Device device = to.type == DeviceType::Cuda ? to : from;
  const bool within = to.type == from.type && to.index == from.index;
  // Another device's work on the source must have run, and the source may be freed after this, in
  // the order of its own device.
  if (!within && from.type == DeviceType::Cuda) synchronize(from);
  choose(device);
  check(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDefault, state(device.index).stream));
  if (!within) synchronize(device);
}

MemoryStats stats(Device device) {
  choose(device);
  cudaMemPool_t pool = state(device.index).pool;
  const auto read = [pool](cudaMemPoolAttr attribute) {
    uint64_t value = 0;
    check(cudaMemPoolGetAttribute(pool, attribute, &value));
    return int64_t(value);
  };
  const int64_t used = read(cudaMemPoolAttrUsedMemCurrent);
  size_t available = 0, total = 0;
  check(cudaMemGetInfo(&available, &total));
  return {used, read(cudaMemPoolAttrReservedMemCurrent) - used, read(cudaMemPoolAttrUsedMemHigh),
          int64_t(total)};
}

void empty_cache(Device device) {
  synchronize(device);
  check(cudaMemPoolTrimTo(state(device.index).pool, 0));
}

void begin(Device device, const char* op) {
  choose(device);
  running_op = op;
  state(device.index);
}
void end(Device device, const char*) {
  check(cudaGetLastError());
  if (synchronous()) synchronize(device);
  running_op = "cuda";
}

}  // namespace

void check(cudaError_t status) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  const char* op = running_op;
  running_op = "cuda";
  const auto kind = status == cudaErrorMemoryAllocation ? ErrorKind::Memory : ErrorKind::Runtime;
  fail(
      kind, op, ": ", cudaGetErrorString(status), " (", cudaGetErrorName(status),
      "), found on cuda:", running_device,
      synchronous() ? "" : "; an earlier operation may be the cause: GEMMULE_CUDA_SYNC=1 finds it");
}

cudaStream_t stream() { return state(running_device).stream; }

Temporary::Temporary(size_t bytes)
    : data_(allocate({DeviceType::Cuda, uint8_t(running_device)}, bytes)) {
  if (!data_)
    fail(ErrorKind::Memory, running_op, ": out of memory on cuda:", running_device, ": asked for ",
         bytes, " bytes to work in");
}
Temporary::~Temporary() { release({DeviceType::Cuda, uint8_t(running_device)}, data_); }

}  // namespace gm::cuda

namespace gm {

constinit const DeviceMemory cuda::memory = {
    .count = cuda::count,
    .allocate = cuda::allocate,
    .release = cuda::release,
    .zero = cuda::zero,
    .copy = cuda::copy,
    .synchronize = cuda::synchronize,
    .stats = cuda::stats,
    .empty_cache = cuda::empty_cache,
    .begin = cuda::begin,
    .end = cuda::end,
};

}  // namespace gm
