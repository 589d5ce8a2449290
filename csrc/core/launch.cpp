#include "core/launch.h"

namespace gm {

std::atomic<const LaunchObserver*> launch_observer{nullptr};

}  // namespace gm
