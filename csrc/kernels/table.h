// Kernel tables: one constinit struct of function pointers per stem and ISA, picked at each call.
#pragma once

#include "core/view.h"

#ifdef GM_ISA
// Inside a per-ISA file only its own table is visible.
#define GM_KERNEL_TABLE(Type, name) \
  namespace GM_ISA {                \
  extern const Type name;           \
  }
#define GM_DEVICE_KERNEL_TABLE(Type, name) GM_KERNEL_TABLE(Type, name)
#define GM_INTEGER_KERNEL_TABLE(Type, name) GM_KERNEL_TABLE(Type, name)
#define GM_DEVICE_INTEGER_KERNEL_TABLE(Type, name) GM_KERNEL_TABLE(Type, name)
#else

#include "core/device.h"
#include "isa/cpu.h"

// GEMMULE_HAS_V2, … are set by CMake for the ISAs that this build compiles. An ISA that is not
// built has no table; its slot is null and never the running ISA.
#if GEMMULE_HAS_V2
#define GM_V2(x) x
#else
#define GM_V2(x)
#endif
#if GEMMULE_HAS_V3
#define GM_V3(x) x
#else
#define GM_V3(x)
#endif
#if GEMMULE_HAS_V4
#define GM_V4(x) x
#else
#define GM_V4(x)
#endif
#if GEMMULE_HAS_NEON
#define GM_NEON(x) x
#else
#define GM_NEON(x)
#endif

#if GEMMULE_HAS_CUDA
#define GM_CUDA(x, otherwise) x
#else
#define GM_CUDA(x, otherwise) otherwise
#endif

/// Declares `const Type name` in every built ISA's namespace and `name##_table(op, device)`, which
/// gives the table of the running ISA. In kernels/scan.h: GM_KERNEL_TABLE(ScanKernels, scan)
///
///   namespace gm { namespace v2 { extern const ScanKernels scan; } …
///                  const ScanKernels& scan_table(const char* op, Device device); }
///
/// GM_DEVICE_KERNEL_TABLE is the same for a stem with kernels in csrc/cuda.
#define GM_KERNEL_TABLE(Type, name) GM_TABLE_OF(Type, name, no_kernel(op, device))
#define GM_DEVICE_KERNEL_TABLE(Type, name)              \
  GM_CUDA(namespace cuda { extern const Type name; }, ) \
  GM_TABLE_OF(Type, name, GM_CUDA(return cuda::name, no_kernel(op, device)))

/// The same for a table of integers and bool, which is compiled once, at baseline.
#define GM_INTEGER_KERNEL_TABLE(Type, name) GM_INTEGER_TABLE_OF(Type, name, no_kernel(op, device))
#define GM_DEVICE_INTEGER_KERNEL_TABLE(Type, name)      \
  GM_CUDA(namespace cuda { extern const Type name; }, ) \
  GM_INTEGER_TABLE_OF(Type, name, GM_CUDA(return cuda::name, no_kernel(op, device)))

#define GM_INTEGER_TABLE_OF(Type, name, elsewhere)                 \
  namespace baseline {                                             \
  extern const Type name;                                          \
  }                                                                \
  inline const Type& name##_table(const char* op, Device device) { \
    if (device.type != DeviceType::Cpu) [[unlikely]]               \
      elsewhere;                                                   \
    (void)op;                                                      \
    return baseline::name;                                         \
  }

#define GM_TABLE_OF(Type, name, elsewhere)                         \
  GM_V2(namespace v2 { extern const Type name; })                  \
  GM_V3(namespace v3 { extern const Type name; })                  \
  GM_V4(namespace v4 { extern const Type name; })                  \
  GM_NEON(namespace neon { extern const Type name; })              \
  inline const Type& name##_table(const char* op, Device device) { \
    if (device.type != DeviceType::Cpu) [[unlikely]]               \
      elsewhere;                                                   \
    switch (running_isa()) {                                       \
      GM_V2(case Isa::V2 : return v2::name;)                       \
      GM_V3(case Isa::V3 : return v3::name;)                       \
      GM_V4(case Isa::V4 : return v4::name;)                       \
      GM_NEON(case Isa::Neon : return neon::name;)                 \
      default:                                                     \
        no_kernel(op, device);                                     \
    }                                                              \
  }

#endif
