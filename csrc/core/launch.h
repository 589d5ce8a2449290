// The one door between an operation's contract and its kernel. Whatever watches or redirects work
// (profiler, NaN hunt, capture and replay, streams) attaches here and nowhere else.
#pragma once

#include <atomic>
#include <type_traits>

#include "core/placement.h"

namespace gm {

/// What may stand in the door. `run(work)` must be called once, now or later (capture).
struct LaunchObserver {
  void (*around)(void* context, const char* name, Device device, void (*run)(void*), void* work);
  void* context;
};
extern std::atomic<const LaunchObserver*> launch_observer;

/// Runs work(): the part of operation `name` that touches elements. `work` allocates nothing and
/// reads nothing on the host that may differ when it is replayed.
template <class Work>
inline void launch(const char* name, Device device, Work&& work) {
  if (rehearsing()) [[unlikely]]
    return;
  const LaunchObserver* observer = launch_observer.load(std::memory_order_acquire);
  if (observer) [[unlikely]] {
    observer->around(
        observer->context, name, device,
        [](void* w) { (*static_cast<std::remove_reference_t<Work>*>(w))(); }, &work);
    return;
  }
  work();
}

}  // namespace gm
