// The only OpenMP pragma of the library stands in run_team.

#include "core/parallel.h"

#include <omp.h>
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>

#include "core/environment.h"
#include "core/error.h"

namespace gm {

namespace {

/// Below this much work a team costs more than it saves: an empty region takes 1.2–2.5 µs while
/// libgomp's threads spin and 20–30 µs once they sleep.
constexpr int64_t kWorthATeam = 25'000;

thread_local bool inside = false;     // this thread runs a piece
std::atomic<bool> team_held{false};   // some thread runs a team
std::atomic<bool> after_fork{false};  // libgomp's threads do not survive fork: stay serial

void note_fork() {
  after_fork.store(true, std::memory_order_relaxed);
  team_held.store(false, std::memory_order_relaxed);
}

int default_threads() {
  if (const char* asked = std::getenv("OMP_NUM_THREADS"); asked && *asked)
    return omp_get_max_threads();
  return cpu_limit();
}

// omp_set_num_threads acts on the calling thread alone, so each thread catches up with the last
// call of set_num_threads when it first asks.
std::atomic<int> asked_threads{0};
std::atomic<int> asked_count{1};
thread_local int seen_count = 0;

struct Loop {
  int64_t pieces;
  PieceFn body;
  void* context;
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex{};
  std::exception_ptr error{};
};

void take_pieces(Loop& loop) {
  inside = true;
  try {
    while (!loop.failed.load(std::memory_order_relaxed)) {
      const int64_t piece = loop.next.fetch_add(1, std::memory_order_relaxed);
      if (piece >= loop.pieces) break;
      loop.body(loop.context, piece);
    }
  } catch (...) {
    std::lock_guard lock(loop.mutex);
    if (!loop.error) loop.error = std::current_exception();
    loop.failed.store(true, std::memory_order_relaxed);
  }
  inside = false;
}

void run_team(Loop& loop, int threads) {
#pragma omp parallel num_threads(threads)
  take_pieces(loop);
}

}  // namespace

int num_threads() {
  const int count = asked_count.load(std::memory_order_acquire);
  if (seen_count != count) {
    static const int registered = pthread_atfork(nullptr, nullptr, note_fork);
    (void)registered;
    seen_count = count;
    const int asked = asked_threads.load(std::memory_order_relaxed);
    omp_set_num_threads(asked ? asked : default_threads());
  }
  // Read at every call, so that threadpoolctl and omp_set_num_threads limit us too.
  return omp_get_max_threads();
}

void set_num_threads(int threads) {
  check(threads >= 1, "set_num_threads: expected at least 1 thread, got ", threads);
  asked_threads.store(threads, std::memory_order_relaxed);
  asked_count.fetch_add(1, std::memory_order_release);
}

void parallel_run(int64_t pieces, int64_t nanoseconds, PieceFn body, void* context) {
  if (pieces <= 0) return;
  int64_t threads = 1;
  if (pieces > 1 && nanoseconds >= kWorthATeam && !inside &&
      !after_fork.load(std::memory_order_relaxed)) {
    threads = num_threads();
    if (threads > pieces) threads = pieces;
  }
  if (threads > 1 && !team_held.exchange(true, std::memory_order_acquire)) {
    Loop loop{pieces, body, context};
    run_team(loop, int(threads));
    team_held.store(false, std::memory_order_release);
    if (loop.error) std::rethrow_exception(loop.error);
    return;
  }
  for (int64_t piece = 0; piece < pieces; ++piece) body(context, piece);
}

// ---- scratch ------------------------------------------------------------------------------------

namespace {

/// One growing block per thread; scopes are taken from it as from a stack. A scope that does not
/// fit while others are open gets a block of its own, and the arena grows once all are closed.
struct Arena {
  char* block = nullptr;
  size_t capacity = 0, used = 0, wanted = 0;
  ~Arena() { std::free(block); }
};
thread_local Arena arena;

constexpr size_t kOwnBlock = ~size_t(0);

char* aligned_block(size_t bytes) {
  void* block = std::aligned_alloc(64, bytes);
  if (!block) fail(ErrorKind::Memory, "out of memory: ", bytes, " bytes of kernel scratch");
  return static_cast<char*>(block);
}

}  // namespace

Scratch::Scratch(size_t bytes) {
  bytes = (bytes + 63) & ~size_t(63);
  if (bytes == 0) bytes = 64;
  if (arena.used == 0) {
    const size_t need = bytes > arena.wanted ? bytes : arena.wanted;
    if (need > arena.capacity) {
      std::free(arena.block);
      arena.block = nullptr;
      arena.capacity = 0;
      arena.block = aligned_block(need);
      arena.capacity = need;
    }
  }
  if (arena.used + bytes > arena.wanted) arena.wanted = arena.used + bytes;
  if (arena.used + bytes <= arena.capacity) {
    mark_ = arena.used;
    data = arena.block + arena.used;
    arena.used += bytes;
  } else {
    mark_ = kOwnBlock;
    data = aligned_block(bytes);
  }
}

Scratch::~Scratch() {
  if (mark_ == kOwnBlock)
    std::free(data);
  else
    arena.used = mark_;
}

}  // namespace gm
