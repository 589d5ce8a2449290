// The threads that help with a loop. They spin for a moment after each one, then sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace gm {

/// Helpers that join a job which their owner does anyway.
///
/// The owner never waits for a helper that has not begun: it publishes the job, works on it
/// itself, and once nothing is left to take it shuts the door and waits only for those inside.
/// A helper whose core is busy with another process therefore costs nothing, where an OpenMP
/// region, ending in a barrier of all its threads, waits until the scheduler has run each of them.
///
/// Helpers keep off the core of their owner. Linux often puts a woken thread behind its waker on
/// the same core, though another is idle, and leaves it there until that thread's slice of 4 ms
/// ends: most calls after a pause were made by one thread (v4, two threads, 512³ after 3 to 20 ms:
/// 1.4 ms instead of 0.9).
///
/// One owner at a time. Threads are started when first needed and live as long as the process;
/// after fork a child has none and must not call run.
class Team {
 public:
  using Job = void (*)(void* context, int thread);

  /// Runs job(context, thread) on the caller, as thread 0, and on up to `helpers` others at once.
  /// Returns when all of them are done. Which of them join is left to chance: the job must be
  /// complete when the caller's own part returns and those inside have returned.
  void run(int helpers, Job job, void* context);

 private:
  void start_threads(int wanted);
  void help(int thread);
  void leave_core(int core, int taking_part);
  bool enter();
  void leave();

  // The door, one word: how many are inside (bits 0–14), how many may be (15–29), two flags.
  static constexpr uint32_t kInside = 0x7fff, kOwnerSleeps = 1u << 30, kShut = 1u << 31;
  static constexpr int kLimitShift = 15;
  alignas(64) std::atomic<uint32_t> door_{kShut};
  // Counts the jobs published; helpers wait for it to move on.
  alignas(64) std::atomic<uint32_t> job_count_{0};
  std::atomic<uint32_t> sleepers_{0};
  Job job_ = nullptr;
  void* context_ = nullptr;
  struct Helper;
  std::vector<Helper> helpers_;
  int owner_core_ = -1;  // which the helpers keep off, since moved_
  std::chrono::steady_clock::time_point moved_{};
};

/// The process's only team. It is never destroyed: its threads may outlive static objects. It takes
/// no memory to make.
Team& team();

}  // namespace gm
