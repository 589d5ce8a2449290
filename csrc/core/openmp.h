// The OpenMP runtime of the process, where there is one. Loops are run by a team of our own
// (core/team.h); the runtime is only asked how many threads its user wants, so that
// omp_set_num_threads and threadpoolctl govern us too.
//
// It is looked for when it is first needed, not linked: a wheel need not carry one (0.4 MB), and
// where there is none nothing is missing.
#pragma once

namespace gm {

struct OpenMP {
  int (*max_threads)();
  void (*set_threads)(int threads);  // of loops that the calling thread begins
  int (*in_parallel)();
};

/// What the program was linked with, else Linux's libgomp; nullptr if there is neither.
const OpenMP* openmp();

}  // namespace gm
