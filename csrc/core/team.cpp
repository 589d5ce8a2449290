#include "core/team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <vector>

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

/// How long helpers are left alone after they were moved.
constexpr auto kStay = std::chrono::milliseconds(2);

#if defined(__linux__)
int this_core() { return sched_getcpu(); }

/// Where the helpers may run: on the cores that their owner had when it started them, but for the
/// one where it is. Whoever pins them elsewhere is respected.
cpu_set_t all_cores, given_cores;

void give_cores(const std::vector<std::thread::native_handle_type>& threads,
                const cpu_set_t& cores) {
  for (const auto thread : threads) pthread_setaffinity_np(thread, sizeof cores, &cores);
  given_cores = cores;
}
void give_all_cores(const std::vector<std::thread::native_handle_type>& threads) {
  if (sched_getaffinity(0, sizeof all_cores, &all_cores) == 0) give_cores(threads, all_cores);
}
void keep_off(int core, const std::vector<std::thread::native_handle_type>& threads) {
  cpu_set_t now, others = all_cores;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) >= int(threads.size()) &&
      pthread_getaffinity_np(threads[0], sizeof now, &now) == 0 && CPU_EQUAL(&now, &given_cores))
    give_cores(threads, others);
}
#else
int this_core() { return -1; }
void give_all_cores(const std::vector<std::thread::native_handle_type>&) {}
void keep_off(int, const std::vector<std::thread::native_handle_type>&) {}
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
  for (;;) {
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
  threads_.reserve(size_t(wanted));
  // Signals are the business of the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    while (int(threads_.size()) < wanted) {
      std::thread helper([this, thread = int(threads_.size()) + 1] { help(thread); });
      threads_.push_back(helper.native_handle());
      helper.detach();
    }
  } catch (const std::system_error&) {
    // The system gives no more threads: the job is done by those there are.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  give_all_cores(threads_);
  owner_core_ = -1;
}

void Team::leave_core(int core) {
  if (core == owner_core_) return;
  const Clock::time_point now = Clock::now();
  if (threads_.empty() || (owner_core_ >= 0 && now - moved_ < kStay)) return;
  owner_core_ = core;
  moved_ = now;
  keep_off(core, threads_);
}

void Team::run(int helpers, Job job, void* context) {
  helpers = std::min(helpers, int(kInside));
  if (int(threads_.size()) < helpers) start_threads(helpers);
  leave_core(this_core());
  job_ = job;
  context_ = context;
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
