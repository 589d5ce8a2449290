#include "core/openmp.h"

#include <dlfcn.h>

namespace gm {

namespace {

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
#if defined(__APPLE__)  // where a second runtime beside PyTorch's ends the process
    return false;
#else
    void* library = dlopen("libgomp.so.1", RTLD_LAZY | RTLD_LOCAL);
    return library && find_all(library, runtime);
#endif
  }();
  return found ? &runtime : nullptr;
}

}  // namespace gm
