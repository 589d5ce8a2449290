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

/// The name in full of a device that is not the CPU.
std::string check_device(const char* op, const char* name) {
  return text("cuda:", int(find(op, name).index));
}

Array to(const Array& array, Device device) { return array.to(device); }

void synchronize(Device device) {
  if (device.type != DeviceType::Cpu) device_memory(device).synchronize(device);
}
std::tuple<int64_t, int64_t, int64_t, int64_t> memory_stats(Device device) {
  const MemoryStats s =
      device.type == DeviceType::Cpu ? gm::memory_stats() : device_memory(device).stats(device);
  return {s.allocated, s.cached, s.peak_allocated, s.limit};
}

void empty_cache(Device device) {
  if (device.type == DeviceType::Cpu)
    gm::empty_cache();
  else
    device_memory(device).empty_cache(device);
}

}  // namespace

Device to_device(const char* function, int index, PyObject* object) {
  if (object == nullptr || object == Py_None) return {};
  return find(function, Take<const char*>::from(function, index, object));
}

PyMethodDef device_methods[] = {
    def<check_device, "check_device(op, device)">(),
    def<to, "to(x, device)">(),
    def<cuda_count, "cuda_count()">(),
    def<synchronize, "synchronize(device)">(),
    def<memory_stats, "memory_stats(device)">(),
    def<empty_cache, "empty_cache(device)">(),
    {},
};

}  // namespace gm::bind
