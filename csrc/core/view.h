// A view of elements in memory: what every kernel takes. Plain data, no ownership.
#pragma once

#include <cstdint>

#include "core/dtype.h"

namespace gm {

inline constexpr int kMaxRank = 16;

enum class DeviceType : uint8_t { Cpu, Cuda };

struct Device {
  DeviceType type = DeviceType::Cpu;
  uint8_t index = 0;
  friend constexpr bool operator==(Device a, Device b) {
    return a.type == b.type && a.index == b.index;
  }
};

/// `data` is aligned to the item size only; `strides` count elements and may be zero or negative.
struct View {
  char* data;
  DType dtype;
  Device device;
  int32_t rank;
  int64_t shape[kMaxRank];
  int64_t strides[kMaxRank];
};

}  // namespace gm
