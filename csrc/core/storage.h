// Storage: a reference-counted block of memory with a device and a deleter. NumPy buffers, DLPack
// tensors, the caching allocator and CUDA pools all make this one type.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/view.h"

namespace gm {

struct Storage {
  std::atomic<int64_t> references{1};
  /// Raised by every write in place, through any view. The tape compares it.
  std::atomic<int64_t> version{0};
  /// The operation that wrote in place last, for the error that says so. A string literal.
  std::atomic<const char*> last_writer{nullptr};
  char* data = nullptr;
  size_t bytes = 0;
  Device device;
  bool shared = false;    ///< Memory someone outside may write (NumPy, DLPack): never packed.
  bool readonly = false;  ///< Writes through gemmule raise.
  void (*release)(Storage*) = nullptr;  ///< Frees data and the Storage itself.
  void* owner = nullptr;                ///< Whatever `release` needs.
};

/// An intrusive pointer to Storage.
class StorageRef {
 public:
  StorageRef() = default;
  /// Takes over the reference that `storage` was born with.
  explicit StorageRef(Storage* storage) : storage_(storage) {}
  StorageRef(const StorageRef& o) : storage_(o.storage_) { retain(); }
  StorageRef(StorageRef&& o) noexcept : storage_(std::exchange(o.storage_, nullptr)) {}
  StorageRef& operator=(StorageRef o) noexcept {
    std::swap(storage_, o.storage_);
    return *this;
  }
  ~StorageRef() { drop(); }

  Storage* get() const { return storage_; }
  Storage* operator->() const { return storage_; }
  explicit operator bool() const { return storage_ != nullptr; }

 private:
  void retain() {
    if (storage_) storage_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void drop() {
    if (storage_ && storage_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      storage_->release(storage_);
  }
  Storage* storage_ = nullptr;
};

/// `bytes` of uninitialised memory, 64-byte aligned, from the caching allocator of the device.
/// Empties the cache and tries once more before it throws MemoryError.
StorageRef allocate(size_t bytes, Device device = {});

struct MemoryStats {
  int64_t allocated;       ///< Bytes in live storages of more than 4 KiB.
  int64_t cached;          ///< Bytes of such storages kept for reuse.
  int64_t peak_allocated;  ///< Largest `allocated` so far.
  int64_t limit;           ///< Largest `cached` allowed (GEMMULE_CACHE_MB).
};
MemoryStats memory_stats();
/// Gives every cached block back to the operating system.
void empty_cache();

}  // namespace gm
