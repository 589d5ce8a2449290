#include "core/device.h"

#include "core/error.h"

namespace gm {

int cuda_count() {
#if GEMMULE_HAS_CUDA
  return cuda::memory.count();
#else
  return 0;
#endif
}

const DeviceMemory& device_memory(Device device, const char* op) {
#if GEMMULE_HAS_CUDA
  const int count = cuda::memory.count();
  if (device.index >= count)
    fail(ErrorKind::Runtime, op, ": no cuda:", int(device.index), ", this machine has ", count,
         count == 1 ? " CUDA device" : " CUDA devices");
  return cuda::memory;
#else
  (void)device;
  fail(ErrorKind::Runtime, op,
       ": this build has no CUDA; install with pip install . -C cmake.define.GEMMULE_CUDA=ON");
#endif
}

}  // namespace gm
