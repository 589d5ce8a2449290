// The caching allocator. First-touch page faults cost more than most kernels, so freed blocks are
// kept by size class and handed out again.
//
//   size            from                                   kept in
//   ≤ 4 KiB         malloc, header and data in one block   a list per thread and class
//   < 2 MiB         malloc, 64-byte aligned                one cache per process, least recently
//   ≥ 2 MiB         mmap, 2-MiB aligned, MADV_HUGEPAGE     used dropped first beyond the limit
//
// Classes are four per octave: 64, 80, 96, 112, 128, 160, … bytes; so at most 25 % is lost.

#include "core/storage.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>

#include "core/device.h"
#include "core/environment.h"
#include "core/error.h"
#include "core/placement.h"

namespace gm {

namespace {

constexpr size_t kSmall = 4096;
constexpr size_t kHuge = size_t(2) << 20;
constexpr size_t kHeader = 128;  // a Storage in front of small data, which stays 64-byte aligned
static_assert(sizeof(Storage) <= kHeader);
constexpr int kClasses = 4 * 44;  // up to 2^(6+44) bytes

/// The class of a size and the bytes its blocks have: 64·2^octave·(4 + quarter)/4.
struct SizeClass {
  int index;
  size_t bytes;
};
SizeClass size_class(size_t bytes) {
  if (bytes <= 64) return {0, 64};
  const int octave = 63 - __builtin_clzll((bytes - 1) >> 6);
  const size_t step = size_t(16) << octave;
  const size_t steps = (bytes + step - 1) / step;  // 5 … 8
  return {octave * 4 + int(steps) - 4, steps * step};
}

// ---- small blocks: per thread
// --------------------------------------------------------------------

constexpr int kSmallClasses = 4 * 6 + 1;  // 64 … 4096
constexpr int kKeepSmall = 128;           // blocks a thread keeps of one class

struct SmallBlock {
  SmallBlock* next;
};

struct SmallLists {
  SmallBlock* head[kSmallClasses] = {};
  int count[kSmallClasses] = {};
  bool closed = false;

  ~SmallLists() {
    closed = true;  // a storage freed later in this thread's exit goes straight to malloc
    clear();
  }
  void clear() {
    for (int c = 0; c < kSmallClasses; ++c) {
      while (SmallBlock* block = head[c]) {
        head[c] = block->next;
        std::free(block);
      }
      count[c] = 0;
    }
  }
};
thread_local SmallLists small_lists;

void release_small(Storage* storage) {
  const int index = size_class(storage->bytes).index;
  storage->~Storage();
  SmallLists& lists = small_lists;
  auto* block = reinterpret_cast<SmallBlock*>(storage);
  if (lists.closed || lists.count[index] >= kKeepSmall) return std::free(block);
  block->next = lists.head[index];
  lists.head[index] = block;
  ++lists.count[index];
}

Storage* small_storage(SizeClass size) {
  SmallLists& lists = small_lists;
  void* block = lists.head[size.index];
  if (block) {
    lists.head[size.index] = lists.head[size.index]->next;
    --lists.count[size.index];
  } else {
    block = std::aligned_alloc(64, (kHeader + size.bytes + 63) & ~size_t(63));
    if (!block) return nullptr;
  }
  auto* storage = new (block) Storage;
  storage->data = static_cast<char*>(block) + kHeader;
  storage->release = release_small;
  return storage;
}

// ---- large blocks: one cache --------------------------------------------------------------------

/// A cached block, described in its own first bytes; linked by class and by age.
struct FreeBlock {
  FreeBlock *next, *previous;  // of the same class
  FreeBlock *newer, *older;    // of all
  size_t bytes;
  int index;
};

char* system_allocate(size_t bytes) {
  if (bytes < kHuge) return static_cast<char*>(std::aligned_alloc(64, bytes));
  // Ask for 2 MiB more than needed and give the ends back, so that huge pages fit.
  void* raw =
      mmap(nullptr, bytes + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<uintptr_t>(raw);
  const uintptr_t aligned = (start + kHuge - 1) & ~(kHuge - 1);
  if (aligned > start) munmap(raw, aligned - start);
  const size_t after = start + kHuge - aligned;
  if (after) munmap(reinterpret_cast<void*>(aligned + bytes), after);
#if defined(MADV_HUGEPAGE)
  madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);
#endif
  return reinterpret_cast<char*>(aligned);
}

void system_free(void* data, size_t bytes) {
  if (bytes < kHuge)
    std::free(data);
  else
    munmap(data, bytes);
}

size_t round_to_pages(size_t bytes) {
  return bytes < kHuge ? bytes : (bytes + 4095) & ~size_t(4095);
}

class Cache {
 public:
  char* take(int index) {
    std::lock_guard lock(mutex_);
    read_limit();  // here, where an error may still be thrown; `give` must not fail
    FreeBlock* block = classes_[index];
    if (!block) return nullptr;
    unlink(block);
    return reinterpret_cast<char*>(block);
  }

  void give(char* data, size_t bytes, int index) {
    std::lock_guard lock(mutex_);
    if (int64_t(bytes) > limit_) return system_free(data, bytes);
    auto* block = new (data) FreeBlock{classes_[index], nullptr, nullptr, newest_, bytes, index};
    if (block->next) block->next->previous = block;
    classes_[index] = block;
    if (newest_)
      newest_->newer = block;
    else
      oldest_ = block;
    newest_ = block;
    cached_ += int64_t(bytes);
    while (cached_ > limit_) drop_oldest();
  }

  void clear() {
    std::lock_guard lock(mutex_);
    while (oldest_) drop_oldest();
  }

  int64_t cached() {
    std::lock_guard lock(mutex_);
    return cached_;
  }
  int64_t limit() {
    std::lock_guard lock(mutex_);
    read_limit();
    return limit_;
  }
  std::mutex& mutex() { return mutex_; }

 private:
  void read_limit() {
    if (limit_ >= 0) return;
    const int64_t most = INT64_MAX >> 20;
    limit_ = std::min(environment_integer("GEMMULE_CACHE_MB", memory_limit() / 4 >> 20, 0), most)
             << 20;
  }
  void unlink(FreeBlock* block) {
    if (block->previous)
      block->previous->next = block->next;
    else
      classes_[block->index] = block->next;
    if (block->next) block->next->previous = block->previous;
    if (block->newer)
      block->newer->older = block->older;
    else
      newest_ = block->older;
    if (block->older)
      block->older->newer = block->newer;
    else
      oldest_ = block->newer;
    cached_ -= int64_t(block->bytes);
  }
  void drop_oldest() {
    FreeBlock* block = oldest_;
    const size_t bytes = block->bytes;
    unlink(block);
    system_free(block, bytes);
  }

  std::mutex mutex_;
  FreeBlock* classes_[kClasses] = {};
  FreeBlock *newest_ = nullptr, *oldest_ = nullptr;
  int64_t cached_ = 0, limit_ = -1;
};

/// Never destroyed: storages outlive static destruction (NumPy may hold one until the very end).
/// Held across a fork: a child of one thread must not find it locked by another, which is gone.
Cache& cache() {
  static Cache* instance = [] {
    pthread_atfork([] { cache().mutex().lock(); }, [] { cache().mutex().unlock(); },
                   [] { cache().mutex().unlock(); });
    return new Cache;
  }();
  return *instance;
}

std::atomic<int64_t> allocated{0}, peak{0};

void count(int64_t bytes) {
  const int64_t now = allocated.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t before = peak.load(std::memory_order_relaxed);
  while (now > before && !peak.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
  }
}

void release_large(Storage* storage) {
  const SizeClass size = size_class(storage->bytes);
  const size_t bytes = round_to_pages(size.bytes);
  allocated.fetch_sub(int64_t(bytes), std::memory_order_relaxed);
  cache().give(storage->data, bytes, size.index);
  delete storage;
}

Storage* large_storage(SizeClass size) {
  const size_t bytes = round_to_pages(size.bytes);
  auto storage = std::make_unique<Storage>();
  char* data = cache().take(size.index);
  if (!data) data = system_allocate(bytes);
  if (!data) return nullptr;
  storage->data = data;
  storage->release = release_large;
  count(int64_t(bytes));
  return storage.release();
}

}  // namespace

namespace {

void release_there(Storage* storage) {
  device_memory(storage->device).release(storage->device, storage->data);
  delete storage;
}

/// In the memory of a device that is not the CPU.
StorageRef allocate_there(size_t bytes, Device device) {
  const DeviceMemory& memory = device_memory(device);
  auto storage = std::make_unique<Storage>();
  storage->data = memory.allocate(device, bytes);
  if (!storage->data) {
    memory.empty_cache(device);
    storage->data = memory.allocate(device, bytes);
  }
  if (!storage->data) {
    const MemoryStats stats = memory.stats(device);
    fail(ErrorKind::Memory, "out of memory on cuda:", int(device.index), ": asked for ", bytes,
         " bytes with ", (long long)stats.allocated, " of ", (long long)stats.limit, " in use");
  }
  storage->bytes = bytes;
  storage->device = device;
  storage->release = release_there;
  return StorageRef(storage.release());
}

}  // namespace

StorageRef allocate(size_t bytes, Device device) {
  if (device.type != DeviceType::Cpu) return allocate_there(bytes, device);
  Storage* storage = nullptr;
  if (bytes <= size_t(1) << 48) {
    if (Placement* placement = current_placement()) [[unlikely]]
      storage = placement->make(bytes);
    const SizeClass size = size_class(bytes);
    const auto make = size.bytes <= kSmall ? small_storage : large_storage;
    if (!storage) storage = make(size);
    if (!storage) [[unlikely]] {
      empty_cache();
      storage = make(size);
    }
  }
  if (!storage) {
    const MemoryStats stats = memory_stats();
    fail(ErrorKind::Memory, "out of memory: asked for ", bytes, " bytes with ",
         (long long)stats.allocated, " in use");
  }
  storage->bytes = bytes;
  storage->device = device;
  return StorageRef(storage);
}

MemoryStats memory_stats() {
  return {allocated.load(), cache().cached(), peak.load(), cache().limit()};
}

void empty_cache() {
  small_lists.clear();
  cache().clear();
}

}  // namespace gm
