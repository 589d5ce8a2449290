#include "core/placement.h"

#include <new>

#include "core/error.h"

namespace gm {

namespace detail {
std::atomic<bool> placements_exist{false};
constinit thread_local Placement* placement = nullptr;
bool rehearsing_here() { return placement && !placement->performing(); }
}  // namespace detail

namespace {

/// Where rehearsed arrays pretend to lie: above every address that a process can have, so that they
/// overlap nothing.
constexpr uintptr_t kNowhere = uintptr_t(1) << 60;

size_t rounded(size_t bytes) { return (bytes + 63) & ~size_t(63); }

}  // namespace

Placement::Placement() : outer_(detail::placement) {
  detail::placements_exist.store(true, std::memory_order_relaxed);
  detail::placement = this;
}

Placement::~Placement() { detail::placement = outer_; }

int Placement::index_of(const Storage* storage) const {
  if (!storage || storage->owner != this) return -1;
  return int((reinterpret_cast<const char*>(storage) - made_[0].storage) / int64_t(sizeof(Made)));
}

size_t Placement::plan() {
  // A stack: what is dropped last in, first out gives its bytes back; the rest waits for what lies
  // on it.
  size_t top = 0, most = 0;
  int stack[kMostArrays], depth = 0;
  bool dropped[kMostArrays] = {};
  for (int e = 0; e < events_; ++e) {
    const int i = event_[e] > 0 ? event_[e] - 1 : -event_[e] - 1;
    Made& made = made_[i];
    if (made.at) continue;
    if (event_[e] < 0) {
      dropped[i] = true;
      while (depth > 0 && dropped[stack[depth - 1]]) top = made_[stack[--depth]].offset;
      continue;
    }
    made.offset = top;
    top += rounded(made.bytes);
    if (top > most) most = top;
    stack[depth++] = i;
  }
  return most;
}

void Placement::perform(char* workspace) {
  for (int i = 0; i < count_; ++i)
    if (!made_[i].at && workspace) made_[i].at = workspace + made_[i].offset;
  rehearsed_ = count_;
  count_ = 0;
  performing_ = true;
}

Storage* Placement::make(size_t bytes) {
  const int index = count_++;
  if (performing_) {
    if (index >= rehearsed_ || made_[index].bytes != bytes)
      fail(ErrorKind::Runtime, "an operation did not allocate as it was rehearsed");
    if (!made_[index].at) return nullptr;
  } else {
    if (index >= kMostArrays)
      fail(ErrorKind::Runtime, "an operation makes more than ", kMostArrays, " arrays");
    made_[index].bytes = bytes;
    made_[index].at = nullptr;
    event_[events_++] = int8_t(index + 1);
  }
  auto* storage = new (made_[index].storage) Storage;
  storage->data =
      performing_ ? made_[index].at : reinterpret_cast<char*>(kNowhere + (uintptr_t(index) << 48));
  storage->release = release;
  storage->owner = this;
  return storage;
}

void Placement::release(Storage* storage) {
  auto* self = static_cast<Placement*>(storage->owner);
  const int index = self->index_of(storage);
  if (!self->performing_) self->event_[self->events_++] = int8_t(-index - 1);
  storage->~Storage();
}

}  // namespace gm
