// Memory of devices other than the CPU. Kernels are reached through tables (kernels/table.h),
// copies and memory through this one.
#pragma once

#include <cstddef>

#include "core/storage.h"

namespace gm {

/// Every call is ordered after what was started on the device before it.
struct DeviceMemory {
  int (*count)();  ///< how many devices of this type there are
  /// Null where memory is exhausted.
  char* (*allocate)(Device device, size_t bytes);
  /// Free again once all that was started has run.
  void (*release)(Device device, char* data);
  void (*zero)(Device device, char* data, size_t bytes);
  /// Either side may be the CPU; its memory may be used again when this returns.
  void (*copy)(Device to, char* target, Device from, const char* source, size_t bytes);
  void (*synchronize)(Device device);
  MemoryStats (*stats)(Device device);
  void (*empty_cache)(Device device);
  /// Around the part of an operation that starts kernels: its name, for errors that come later.
  void (*begin)(Device device, const char* op);
  void (*end)(Device device, const char* op);
};

/// How many CUDA devices this build and this machine have.
int cuda_count();
/// Of a device that is not the CPU. RuntimeError where this build has none, or the machine: `op`
/// says who asked.
const DeviceMemory& device_memory(Device device, const char* op = "device");

/// Throws "no CUDA kernel for conv2d", naming the operation and the device.
[[noreturn]] void no_kernel(const char* op, Device device);
/// Of operations that read or write elements themselves, not by a kernel.
inline void check_on_host([[maybe_unused]] const char* op, [[maybe_unused]] Device device) {
#if GEMMULE_HAS_CUDA
  if (device.type != DeviceType::Cpu) [[unlikely]]
    no_kernel(op, device);
#endif
}
#if GEMMULE_HAS_CUDA
/// Throws: an operation that read a device's memory forgot to ask that first.
[[noreturn]] void not_on_host();

namespace cuda {
extern const DeviceMemory memory;
}
#endif

}  // namespace gm
