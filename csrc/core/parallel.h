// The one parallel loop. Work is cut into pieces by shape alone; threads take the next piece as
// they come free; so which thread computes a piece never changes a bit of the result.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gm {

using PieceFn = void (*)(void* context, int64_t piece);

/// Runs body(context, piece) for every piece in [0, pieces).
///
/// `nanoseconds` estimates the whole loop on one thread: under ~25 µs it runs on the caller alone
/// (waking a team costs more). It runs inline, too, inside another parallel_run, while another
/// thread holds the team, and in a child of fork. The first exception thrown by a piece is
/// rethrown on the caller after the loop; pieces not yet begun are then skipped. It throws nothing
/// else: csrc/CMakeLists.txt leaves out what some kernels would need for that.
void parallel_run(int64_t pieces, int64_t nanoseconds, PieceFn body, void* context);

/// Threads the next loop may use: set_num_threads, else OMP_NUM_THREADS, else
/// min(affinity, cgroup quota). May exceed the number of cores when asked to.
int num_threads();
void set_num_threads(int threads);

/// 64-byte-aligned scratch from the calling thread's growing arena, released in reverse order at
/// scope exit. Contents are uninitialised. Nested scopes do not overlap.
class Scratch {
 public:
  explicit Scratch(size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void* data;

 private:
  size_t mark_;
};

}  // namespace gm
