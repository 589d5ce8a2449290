#include "core/team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
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

/// After so many jobs of an owner that stays on its core, what it may use is asked anew: somebody
/// may have changed it.
constexpr uint32_t kAsk = 1024;

#if defined(__linux__)
int this_core() { return sched_getcpu(); }
using Cores = cpu_set_t;
#else
int this_core() { return -1; }
struct Cores {};
#endif

}  // namespace

struct Team::Helper {
  std::thread::native_handle_type thread;
  Cores given;  // what it was started with, or what we gave it last
};

namespace {

/// What the calling thread may use; of a thread pinned to one core, what was said before.
Cores all_cores;

Cores own_cores() {
  Cores own{};
#if defined(__linux__)
  sched_getaffinity(0, sizeof own, &own);
  if (CPU_COUNT(&own) > 1 || CPU_COUNT(&all_cores) == 0) all_cores = own;
#endif
  return own;
}

#if defined(__linux__)
/// Gives helpers all cores but one, or all if those are too few for as many as take part. One
/// whose cores somebody else has set is left alone.
template <class Helpers>
void keep_off(int core, int taking_part, Helpers& helpers) {
  own_cores();
  Cores others = all_cores;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) < taking_part) others = all_cores;
  for (auto& helper : helpers) {
    Cores now{};
    if (pthread_getaffinity_np(helper.thread, sizeof now, &now) == 0 &&
        CPU_EQUAL(&now, &helper.given) &&
        pthread_setaffinity_np(helper.thread, sizeof others, &others) == 0)
      helper.given = others;
  }
}
#else
template <class Helpers>
void keep_off(int, int, Helpers&) {}
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
  // Signals are the business of the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const Cores inherited = own_cores();
  try {
    helpers_.reserve(size_t(wanted));
    while (int(helpers_.size()) < wanted) {
      std::thread helper([this, thread = int(helpers_.size()) + 1] { help(thread); });
      helpers_.push_back({helper.native_handle(), inherited});
      helper.detach();
    }
  } catch (const std::exception&) {
    // The system gives no more threads: the job is done by those there are.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  owner_core_ = -1;
}

void Team::leave_core(int core, int taking_part) {
  if (core == owner_core_ && job_count_.load(std::memory_order_relaxed) % kAsk) return;
  const Clock::time_point now = Clock::now();
  if (owner_core_ >= 0 && now - moved_ < kStay) return;
  owner_core_ = core;
  moved_ = now;
  keep_off(core, taking_part, helpers_);
}

void Team::run(int helpers, Job job, void* context) {
  helpers = std::min(helpers, int(kInside));
  if (int(helpers_.size()) < helpers) start_threads(helpers);
  leave_core(this_core(), helpers);
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
  alignas(Team) static char room[sizeof(Team)];
  static Team* const only = new (room) Team;
  return *only;
}

}  // namespace gm
