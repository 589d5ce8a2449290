#include "core/openmp.h"

#include <dlfcn.h>

namespace gm {

namespace {

#if defined(__APPLE__)
constexpr char kSystem[] = "libomp.dylib";
#else
constexpr char kSystem[] = "libgomp.so.1";
#endif

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function;
}

bool find_all(void* library, OpenMP& runtime) {
  return find(library, "omp_get_max_threads", runtime.max_threads) &&
         find(library, "omp_set_num_threads", runtime.set_threads) &&
         find(library, "omp_in_parallel", runtime.in_parallel);
}

}  // namespace

const OpenMP* openmp() {
  static OpenMP runtime;
  static const bool found = [] {
    if (find_all(RTLD_DEFAULT, runtime)) return true;
    void* library = dlopen(kSystem, RTLD_LAZY | RTLD_LOCAL);
    return library && find_all(library, runtime);
  }();
  return found ? &runtime : nullptr;
}

}  // namespace gm
