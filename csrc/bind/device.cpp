// Devices: where Arrays lie, and how they get there.
#include "core/device.h"

#include <cstring>

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

/// "cpu", "cuda" (the first) or "cuda:1".
Device parse(const char* op, const char* name) {
  if (std::strcmp(name, "cpu") == 0) return {};
  if (std::strncmp(name, "cuda", 4) == 0) {
    if (!name[4]) return {DeviceType::Cuda, 0};
    char* end = nullptr;
    const long index = name[4] == ':' && name[5] ? std::strtol(name + 5, &end, 10) : -1;
    if (end && !*end && index >= 0 && index < 256) return {DeviceType::Cuda, uint8_t(index)};
  }
  fail(ErrorKind::Value, op, ": expected device 'cpu', 'cuda' or 'cuda:1', got '", name, "'");
}
/// The same, and there is such a device.
Device find(const char* op, const char* name) {
  const Device device = parse(op, name);
  if (device.type != DeviceType::Cpu) device_memory(device, op);
  return device;
}

void check_device(const char* op, const char* name) { find(op, name); }

Array to_device(const Array& array, const char* name) { return array.to(find("to", name)); }

void synchronize(const char* name) {
  const Device device = find("synchronize", name);
  if (device.type != DeviceType::Cpu) device_memory(device).synchronize(device);
}
std::tuple<int64_t, int64_t, int64_t, int64_t> device_stats(const char* name) {
  const Device device = find("memory_stats", name);
  const MemoryStats s =
      device.type == DeviceType::Cpu ? memory_stats() : device_memory(device).stats(device);
  return {s.allocated, s.cached, s.peak_allocated, s.limit};
}

void empty_device_cache(const char* name) {
  const Device device = find("empty_cache", name);
  if (device.type == DeviceType::Cpu)
    empty_cache();
  else
    device_memory(device).empty_cache(device);
}

}  // namespace

PyMethodDef device_methods[] = {
    def<check_device, "check_device(op, device)">(),
    def<to_device, "to_device(x, device)">(),
    def<cuda_count, "cuda_count()">(),
    def<synchronize, "synchronize(device)">(),
    def<device_stats, "device_stats(device)">(),
    def<empty_device_cache, "empty_device_cache(device)">(),
    {},
};

}  // namespace gm::bind
