#include "core/parallel.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>

#include "core/environment.h"
#include "core/error.h"
#include "core/openmp.h"
#include "core/team.h"

namespace gm {

namespace {

/// Below this much work a team costs more than it saves: the data have to come from another core's
/// cache.
constexpr int64_t kWorthATeam = 25'000;

thread_local bool inside = false;     // this thread runs a piece
std::atomic<bool> team_held{false};   // some thread runs a team
std::atomic<bool> after_fork{false};  // a team does not survive fork: stay serial

void note_fork() {
  after_fork.store(true, std::memory_order_relaxed);
  team_held.store(false, std::memory_order_relaxed);
}

/// OMP_NUM_THREADS, whose first number counts here; 0 if it is not set to one.
int threads_of_environment() {
  const char* asked = std::getenv("OMP_NUM_THREADS");
  const long threads = asked ? std::strtol(asked, nullptr, 10) : 0;
  return threads >= 1 && threads <= 65'536 ? int(threads) : 0;
}

int default_threads() {
  const int asked = threads_of_environment();
  return asked ? asked : cpu_limit();
}

// OpenMP's setting is the calling thread's alone, so each thread catches up with the last
// call of set_num_threads when it first asks.
std::atomic<int> asked_threads{0};
std::atomic<int> asked_count{1};
thread_local int seen_count = 0, own_threads = 1;

/// The pieces not yet begun of one share of a loop. A cache line each: every thread mostly takes
/// from its own.
struct alignas(64) Share {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

constexpr int kMostShares = 64;

/// Each thread begins with the share of its own number, so that the pieces it wrote in one
/// operation are those it reads in the next, out of its own cache; then it helps with the shares
/// of others, which a busy core may have left behind.
struct Loop {
  PieceFn body;
  void* context;
  int shares;
  Share share[kMostShares];
  std::atomic<bool> failed{false};
  std::mutex mutex{};
  std::exception_ptr error{};

  Loop(int64_t pieces, int threads, PieceFn body, void* context)
      : body(body), context(context), shares(std::min(threads, kMostShares)) {
    for (int i = 0; i < shares; ++i) {
      share[i].next.store(pieces * i / shares, std::memory_order_relaxed);
      share[i].end = pieces * (i + 1) / shares;
    }
  }
};

void take_pieces(void* context, int thread) {
  Loop& loop = *static_cast<Loop*>(context);
  inside = true;
  try {
    for (int i = 0; i < loop.shares; ++i) {
      Share& share = loop.share[(thread + i) % loop.shares];
      while (!loop.failed.load(std::memory_order_relaxed) &&
             share.next.load(std::memory_order_relaxed) < share.end) {
        const int64_t piece = share.next.fetch_add(1, std::memory_order_relaxed);
        if (piece >= share.end) break;
        loop.body(loop.context, piece);
      }
    }
  } catch (...) {
    std::lock_guard lock(loop.mutex);
    if (!loop.error) loop.error = std::current_exception();
    loop.failed.store(true, std::memory_order_relaxed);
  }
  inside = false;
}

/// num_threads(), or 1 if memory is refused to who counts the cores.
int threads_there_are() noexcept {
  try {
    return num_threads();
  } catch (const std::bad_alloc&) {
    return 1;
  }
}

}  // namespace

int num_threads() {
  const int count = asked_count.load(std::memory_order_acquire);
  if (seen_count != count) {
    static const int registered = pthread_atfork(nullptr, nullptr, note_fork);
    (void)registered;
    seen_count = count;
    const int asked = asked_threads.load(std::memory_order_relaxed);
    own_threads = asked ? asked : default_threads();
    // OMP_NUM_THREADS is known to the runtime, too, which may have been told otherwise since.
    if (openmp() && (asked || !threads_of_environment())) openmp()->set_threads(own_threads);
  }
  // Read at every call, so that threadpoolctl and omp_set_num_threads limit us too.
  return openmp() ? openmp()->max_threads() : own_threads;
}

void set_num_threads(int threads) {
  check(threads >= 1, "set_num_threads: expected at least 1 thread, got ", threads);
  asked_threads.store(threads, std::memory_order_relaxed);
  asked_count.fetch_add(1, std::memory_order_release);
  num_threads();  // this thread takes it at once: who limits it later is the last to speak
}

void parallel_run(int64_t pieces, int64_t nanoseconds, PieceFn body, void* context) {
  if (pieces <= 0) return;
  int64_t threads = 1;
  if (pieces > 1 && nanoseconds >= kWorthATeam && !inside &&
      !after_fork.load(std::memory_order_relaxed) && !(openmp() && openmp()->in_parallel())) {
    threads = threads_there_are();
    if (threads > pieces) threads = pieces;
  }
  if (threads > 1 && !team_held.exchange(true, std::memory_order_acquire)) {
    Loop loop(pieces, int(threads), body, context);
    team().run(int(threads) - 1, take_pieces, &loop);
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
