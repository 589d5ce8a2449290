// The structs of DLPack 1.x, which every library that exchanges tensors agrees on bit by bit
// (https://dmlc.github.io/dlpack/latest/c_api.html).
#pragma once

#include <cstdint>

namespace gm::dlpack {

struct Version {
  uint32_t major, minor;
};
inline constexpr Version kVersion = {1, 1};

enum DeviceCode : int32_t { kCpu = 1, kCudaHost = 3 };
struct Device {
  int32_t type;
  int32_t id;
};

enum TypeCode : uint8_t { kInt = 0, kUInt = 1, kFloat = 2, kBfloat = 4, kBool = 6 };
struct DataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};

struct Tensor {
  void* data;
  Device device;
  int32_t ndim;
  DataType dtype;
  int64_t* shape;
  int64_t* strides;  ///< In elements; null before version 1.2 may mean row-major.
  uint64_t byte_offset;
};

/// What a capsule named "dltensor" holds: before 1.0, without a word on who may write.
struct Managed {
  Tensor tensor;
  void* context;
  void (*deleter)(Managed*);
};

enum Flag : uint64_t { kReadOnly = 1, kIsCopied = 2 };

/// What a capsule named "dltensor_versioned" holds. The first four fields never change.
struct ManagedVersioned {
  Version version;
  void* context;
  void (*deleter)(ManagedVersioned*);
  uint64_t flags;
  Tensor tensor;
};

}  // namespace gm::dlpack
