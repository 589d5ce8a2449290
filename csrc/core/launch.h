// The one door between an operation's contract and its kernel. Whatever watches or redirects work
// (profiler, NaN hunt, capture and replay, streams) attaches here and nowhere else.
#pragma once

#include <atomic>
#include <functional>
#include <tuple>
#include <type_traits>

#include "core/device.h"
#include "core/placement.h"

namespace gm {

/// What may stand in the door. `work` owns all that it uses: it may be called now, later or again.
struct LaunchObserver {
  void (*around)(void* context, const char* name, Device device, std::function<void()> work);
  void* context;
};
extern std::atomic<const LaunchObserver*> launch_observer;

/// What work keeps of something that it uses: a copy. Overloads copy what a reference stands for.
template <class T>
T owned(const T& used) {
  return used;
}

/// Around work on another device: what goes wrong in it is reported under the operation's name.
class DeviceWork {
 public:
  DeviceWork([[maybe_unused]] const char* name, [[maybe_unused]] Device device) {
#if GEMMULE_HAS_CUDA
    if (device.type == DeviceType::Cpu) return;
    device_memory(device).begin(device, name);
    device_ = device;
    name_ = name;
#endif
  }
  void done() {
#if GEMMULE_HAS_CUDA
    if (name_) device_memory(device_).end(device_, name_);
#endif
  }

 private:
#if GEMMULE_HAS_CUDA
  Device device_;
  const char* name_ = nullptr;
#endif
};

/// The work and copies of all that it uses, to the observer. Out of line: launch stays small.
template <class Work, class... Used>
[[gnu::cold, gnu::noinline]] void launch_observed(const LaunchObserver& observer, const char* name,
                                                  Device device, const Work& work, Used&... used) {
  observer.around(observer.context, name, device,
                  [work, name, device, kept = std::tuple(owned(used)...)]() mutable {
                    DeviceWork there(name, device);
                    if constexpr (std::is_invocable_v<const Work&, Used&...>)
                      std::apply(work, kept);
                    else
                      work();
                    there.done();
                  });
}

/// Runs the part of operation `name` that touches elements: work(used…), or work() where that is
/// all it takes. `work` captures plain values alone (numbers, addresses, the entry of the running
/// ISA's table), allocates nothing and reads nothing on the host that may differ when it is
/// replayed. The Arrays whose addresses it has are `used`: they are copied only where something
/// stands in the door, so that they cost nothing else.
template <class Work, class... Used>
inline void launch(const char* name, Device device, const Work& work, Used&&... used) {
  static_assert(std::is_trivially_copyable_v<Work>, "Arrays are `used`, not captured");
  if (rehearsing()) [[unlikely]]
    return;
  const LaunchObserver* observer = launch_observer.load(std::memory_order_acquire);
  if (observer) [[unlikely]]
    return launch_observed(*observer, name, device, work, used...);
  DeviceWork there(name, device);
  if constexpr (std::is_invocable_v<const Work&, Used&...>)
    work(used...);
  else
    work();
  there.done();
}

/// The same for work that core knows nothing of, borrowed from NumPy: run(context), now. False if
/// whoever stands in the door put it off instead, which such work cannot bear.
bool launch_on_host(const char* name, void (*run)(void*), void* context);

}  // namespace gm
