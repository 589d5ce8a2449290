#include "core/team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

namespace gm {

namespace {

using Clock = std::chrono::steady_clock;

/// Waking a sleeping thread comes 20–100 µs late on a virtual machine, so a helper looks out for
/// its next job over the gaps of a training step before it sleeps; but after the first moment it
/// yields at every look, so that a core which others want is theirs at once.
constexpr auto kEager = std::chrono::microseconds(20);
constexpr auto kAwake = std::chrono::microseconds(2'000);

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");  // `yield` is a no-op on most cores
#endif
}

/// Looks until done() holds; false if it gave up after kAwake.
template <class Done>
bool look_out(const Done& done) {
  const Clock::time_point start = Clock::now();
  for (;;) {
    for (int i = 0; i < 16; ++i) {
      if (done()) return true;
      relax();
    }
    const auto waited = Clock::now() - start;
    if (waited > kAwake) return false;
    if (waited > kEager) sched_yield();
  }
}

/// A thread woken while the other cores are busy, if only for a moment, may be put on the core of
/// its waker, and Linux leaves the two there for 20 ms and more though another core is idle again:
/// the helper then waits while its owner does all the work. So a helper that finds itself on its
/// owner's core leaves by itself, at most once in kStay (256³ with another process in turns: 138 µs
/// instead of 203).
constexpr auto kStay = std::chrono::milliseconds(2);

#if defined(__linux__)
int this_core() { return sched_getcpu(); }
void leave_core(int core) {
  cpu_set_t before;
  if (sched_getaffinity(0, sizeof before, &before) != 0 || CPU_COUNT(&before) < 2) return;
  cpu_set_t others = before;
  CPU_CLR(core, &others);
  if (sched_setaffinity(0, sizeof others, &others) == 0)
    sched_setaffinity(0, sizeof before, &before);
}
#else
int this_core() { return -1; }
void leave_core(int) {}
#endif

}  // namespace

bool Team::enter() {
  uint32_t seen = door_.load(std::memory_order_acquire);
  while (!(seen & kShut) && (seen & kInside) < ((seen >> kLimitShift) & kInside))
    if (door_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire)) return true;
  return false;
}

void Team::leave() {
  const uint32_t before = door_.fetch_sub(1, std::memory_order_release);
  if ((before & kOwnerSleeps) && (before & kInside) == 1) door_.notify_one();
}

void Team::help(int thread) {
  uint32_t done = job_count_.load(std::memory_order_acquire);
  Clock::time_point moved{};
  for (;;) {
    if (const int core = owner_core_.load(std::memory_order_relaxed);
        core >= 0 && core == this_core() && Clock::now() - moved > kStay) {
      leave_core(core);
      moved = Clock::now();
    }
    if (enter()) {
      done = job_count_.load(std::memory_order_relaxed);
      job_(context_, thread);
      leave();
    }
    if (!look_out([&] { return job_count_.load(std::memory_order_relaxed) != done; })) {
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      job_count_.wait(done, std::memory_order_seq_cst);
      sleepers_.fetch_sub(1, std::memory_order_relaxed);
    }
    done = job_count_.load(std::memory_order_acquire);
  }
}

void Team::start_threads(int wanted) {
  // Signals are the business of the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    while (started_ < wanted) {
      std::thread([this, thread = started_ + 1] { help(thread); }).detach();
      ++started_;
    }
  } catch (const std::system_error&) {
    // The system gives no more threads: the job is done by those there are.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Team::run(int helpers, Job job, void* context) {
  helpers = std::min(helpers, int(kInside));
  if (started_.load(std::memory_order_relaxed) < helpers) start_threads(helpers);
  job_ = job;
  context_ = context;
  owner_core_.store(this_core(), std::memory_order_relaxed);
  door_.store(uint32_t(helpers) << kLimitShift, std::memory_order_release);
  job_count_.fetch_add(1, std::memory_order_seq_cst);
  if (const uint32_t asleep = sleepers_.load(std::memory_order_seq_cst)) {
    if (asleep <= uint32_t(helpers))
      job_count_.notify_all();
    else
      for (int i = 0; i < helpers; ++i) job_count_.notify_one();
  }

  job(context, 0);

  uint32_t seen = door_.fetch_or(kShut, std::memory_order_acq_rel);
  if (!(seen & kInside) ||
      look_out([&] { return !(door_.load(std::memory_order_acquire) & kInside); }))
    return;
  seen = door_.fetch_or(kOwnerSleeps, std::memory_order_acq_rel) | kOwnerSleeps;
  while (seen & kInside) {
    door_.wait(seen, std::memory_order_acquire);
    seen = door_.load(std::memory_order_acquire);
  }
}

Team& team() {
  static Team* const only = new Team;
  return *only;
}

}  // namespace gm
