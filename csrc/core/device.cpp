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

void no_kernel(const char* op, Device device) {
  if (device.type == DeviceType::Cuda) fail(ErrorKind::Runtime, op, ": no CUDA kernel for ", op);
  fail(ErrorKind::Runtime, op, ": this build has no kernels that this CPU can run");
}

#if GEMMULE_HAS_CUDA
void not_on_host() {
  fail(ErrorKind::Runtime, "the host reads memory of a CUDA device here; copy it with .cpu()");
}
#endif

}  // namespace gm
