#include "core/launch.h"

namespace gm {

std::atomic<const LaunchObserver*> launch_observer{nullptr};

bool launch_on_host(const char* name, void (*run)(void*), void* context) {
  bool ran = false;
  launch(name, Device{}, [&] {
    ran = true;
    run(context);
  });
  return ran;
}

}  // namespace gm
