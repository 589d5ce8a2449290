#include "cuda/emulated.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace gm::cuda {

namespace {

// ---- memory -------------------------------------------------------------------------------------

constexpr size_t kArena = size_t(4) << 30, kAlign = 256;

/// One run of addresses, closed but while the device works.
struct Arena {
  char* base = nullptr;
  std::map<size_t, size_t> taken;  // offset → bytes
  size_t used = 0, high = 0;
  std::recursive_mutex mutex;

  Arena() {
    void* memory =
        mmap(nullptr, kArena, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    base = static_cast<char*>(memory);
  }
  bool holds(const void* p) const {
    return p >= base && p < static_cast<const void*>(base + kArena);
  }
  /// First fit.
  char* take(size_t bytes) {
    bytes = (bytes + kAlign - 1) / kAlign * kAlign;
    size_t at = 0;
    for (const auto& [offset, size] : taken) {
      if (offset - at >= bytes) break;
      at = offset + size;
    }
    if (at + bytes > kArena) return nullptr;
    taken[at] = bytes;
    used += bytes;
    if (used > high) high = used;
    return base + at;
  }
  void give(char* data) {
    const auto it = taken.find(size_t(data - base));
    if (it == taken.end()) {
      std::fprintf(stderr, "emulated CUDA: freed what is not allocated\n");
      std::abort();
    }
    used -= it->second;
    taken.erase(it);
  }
};
Arena& arena() {
  static auto* one = new Arena;
  return *one;
}

/// Opens the arena for one kernel or copy.
class Open {
 public:
  Open() : lock_(arena().mutex) { protect(PROT_READ | PROT_WRITE); }
  ~Open() { protect(PROT_NONE); }

 private:
  static void protect(int how) {
    Arena& a = arena();
    const size_t end = a.taken.empty() ? 0 : a.taken.rbegin()->first + a.taken.rbegin()->second;
    if (end) mprotect(a.base, (end + 4095) / 4096 * 4096, how);
  }
  std::lock_guard<std::recursive_mutex> lock_;
};

// ---- threads ------------------------------------------------------------------------------------

enum class Wait { Ready, Block, Warp, Done };

/// A stack. ucontext starts on it once; then it is left and entered by jumps, which swapcontext's
/// system calls make several times slower.
struct Fiber {
  ucontext_t context;
  jmp_buf place;
  bool started = false;
  std::vector<char> stack = std::vector<char>(128 * 1024);

  explicit Fiber(void (*function)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack.data();
    context.uc_stack.ss_size = stack.size();
    context.uc_link = nullptr;
    makecontext(&context, function, 0);
  }
  /// Returns when the fiber jumps to `from`.
  void resume(jmp_buf& from) {
    if (_setjmp(from) != 0) return;
    if (started) _longjmp(place, 1);
    started = true;
    setcontext(&context);
  }
  /// Returns when the fiber is resumed.
  void leave(jmp_buf& to) {
    if (_setjmp(place) == 0) _longjmp(to, 1);
  }
};

/// The threads of one block. A thread gets a fiber when it starts; one that never waits leaves it
/// to the next.
struct Block {
  void (*kernel)(void*);
  void* kernel_context;
  jmp_buf scheduler;
  std::vector<Fiber*> fiber;  // of each thread
  std::vector<Wait> wait;
  std::vector<uint64_t> sent;
  std::vector<Fiber*> idle;
  unsigned running = 0;

  static void enter();
  void run_thread(unsigned t) {
    running = t;
    threadIdx = {t, 0, 0};
    wait[t] = Wait::Ready;
    if (!fiber[t]) {
      if (idle.empty()) idle.push_back(new Fiber(enter));
      fiber[t] = idle.back();
      idle.pop_back();
    }
    fiber[t]->resume(scheduler);
    if (wait[t] == Wait::Ready) {  // it returned
      wait[t] = Wait::Done;
      idle.push_back(fiber[t]);
      fiber[t] = nullptr;
    }
  }
  /// Ends when all threads have.
  void run(unsigned threads) {
    fiber.assign(threads, nullptr);
    wait.assign(threads, Wait::Ready);
    sent.assign(threads, 0);
    for (bool first = true;; first = false) {
      bool ran = false, done = true;
      for (unsigned t = 0; t < threads; ++t) {
        if (wait[t] == Wait::Ready && (first || fiber[t])) {
          run_thread(t);
          ran = true;
        }
        done &= wait[t] == Wait::Done;
      }
      if (done) return;
      ran |= release(threads);
      if (!ran) {
        std::fprintf(stderr, "emulated CUDA: a barrier that not all threads reach\n");
        std::abort();
      }
    }
  }
  /// Whether a barrier is complete; its threads are ready then.
  bool release(unsigned threads) {
    bool any = false;
    for (unsigned w = 0; w < threads; w += 32)
      any |= open(w, w + 32 < threads ? w + 32 : threads, Wait::Warp);
    return open(0, threads, Wait::Block) || any;
  }
  bool open(unsigned begin, unsigned end, Wait what) {
    bool waits = false;
    for (unsigned t = begin; t < end; ++t) {
      if (wait[t] != what && wait[t] != Wait::Done) return false;
      waits |= wait[t] == what;
    }
    for (unsigned t = begin; t < end; ++t)
      if (wait[t] == what) wait[t] = Wait::Ready;
    return waits;
  }
  void pause(Wait what) {
    const unsigned t = running;
    wait[t] = what;
    fiber[t]->leave(scheduler);
    threadIdx = {t, 0, 0};
  }
};

Block* block;

/// One thread after the other.
void Block::enter() {
  for (;;) {
    block->kernel(block->kernel_context);
    block->fiber[block->running]->leave(block->scheduler);
  }
}

}  // namespace

void emulate(unsigned blocks, unsigned threads, void (*kernel)(void*), void* context) {
  const Open open;
  static auto* one = new Block;  // its stacks are kept
  block = one;
  block->kernel = kernel;
  block->kernel_context = context;
  gridDim = {blocks, 1, 1};
  blockDim = {threads, 1, 1};
  for (unsigned b = 0; b < blocks; ++b) {
    blockIdx = {b, 0, 0};
    block->run(threads);
  }
}

uint64_t exchange(uint64_t mine, unsigned lane) {
  const unsigned me = block->running, other = me / 32 * 32 + lane;
  block->sent[me] = mine;
  block->pause(Wait::Warp);
  const uint64_t theirs = other < block->sent.size() ? block->sent[other] : mine;
  block->pause(Wait::Warp);  // until all have read
  return theirs;
}

}  // namespace gm::cuda

using gm::cuda::arena;
using gm::cuda::Open;

void __syncthreads() { gm::cuda::block->pause(gm::cuda::Wait::Block); }

const char* cudaGetErrorString(cudaError_t status) {
  return status == cudaErrorMemoryAllocation ? "out of memory" : "invalid value";
}
const char* cudaGetErrorName(cudaError_t status) {
  return status == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation"
                                             : "cudaErrorInvalidValue";
}
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr attribute, void* value) {
  *static_cast<uint64_t*>(value) =
      attribute == cudaMemPoolAttrUsedMemHigh ? arena().high : arena().used;
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* available, size_t* total) {
  *total = gm::cuda::kArena;
  *available = gm::cuda::kArena - arena().used;
  return cudaSuccess;
}
cudaError_t cudaMallocAsync(void** data, size_t bytes, cudaStream_t) {
  const std::lock_guard lock(arena().mutex);
  *data = arena().take(bytes);
  return *data ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFreeAsync(void* data, cudaStream_t) {
  const std::lock_guard lock(arena().mutex);
  arena().give(static_cast<char*>(data));
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* data, int byte, size_t bytes, cudaStream_t) {
  const Open open;
  std::memset(data, byte, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind,
                            cudaStream_t) {
  const Open open;
  std::memmove(to, from, bytes);
  return cudaSuccess;
}
