// Placement: the arrays that an operation makes lie where its caller wants them. Operations
// allocate as they go; callers of the C ABI own all memory. So such a call runs the operation
// twice.
//
//   rehearse   it checks its arguments and makes its arrays, without memory behind them; launch()
//              does nothing. That shows the results' shapes, which of the arrays become results,
//              and when the others come and go
//   perform    it makes the same arrays in the same order: each where `put` says, the rest in the
//              workspace, where they were laid out beforehand
//
// Nothing is written before the rehearsal has passed every check. It costs what a small operation
// costs without its kernel, well below a microsecond.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/storage.h"

namespace gm {

class Placement {
 public:
  static constexpr int kMostArrays = 64;  ///< no operation of the C ABI makes as many

  /// Rehearses from here on, on this thread.
  Placement();
  ~Placement();
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  /// Which array, counted from 0, this storage was made for; -1 if for none.
  int index_of(const Storage* storage) const;
  /// Array `index` shall lie at `data`.
  void put(int index, char* data) { made_[index].at = data; }
  /// Lays out the others; how many bytes that takes.
  size_t plan();
  /// Performs from here on. `workspace` has the planned bytes, 64-byte aligned; where it is null
  /// the caching allocator serves. No array of the rehearsal may be alive.
  void perform(char* workspace);

  /// For allocate(): null where the caching allocator shall serve.
  Storage* make(size_t bytes);
  bool performing() const { return performing_; }

 private:
  struct Made {
    size_t bytes, offset;
    char* at;
    alignas(Storage) char storage[sizeof(Storage)];
  };
  static void release(Storage* storage);

  Placement* outer_;
  bool performing_ = false;
  int count_ = 0, rehearsed_ = 0, events_ = 0;
  int8_t event_[2 * kMostArrays];  ///< in order: i + 1 where array i was made, -i - 1 where dropped
  Made made_[kMostArrays];
};

namespace detail {
extern std::atomic<bool> placements_exist;
extern thread_local Placement* placement;
bool rehearsing_here();
}  // namespace detail

/// This thread's placement, or null. A process that never had one reads no thread's variable.
inline Placement* current_placement() {
  return detail::placements_exist.load(std::memory_order_relaxed) ? detail::placement : nullptr;
}
/// Whether this thread's operations check and make arrays only.
inline bool rehearsing() {
  return detail::placements_exist.load(std::memory_order_relaxed) && detail::rehearsing_here();
}

}  // namespace gm
