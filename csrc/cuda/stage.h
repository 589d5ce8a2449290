// Operands of Loops in another dtype: converted copies for the moment.
#pragma once

#include <optional>

#include "core/loops.h"
#include "cuda/runtime.h"

namespace gm::cuda {

inline int64_t elements(const Loops& loops) { return loops.lines * loops.length; }
inline bool is_number(const Loops& loops, int k) { return loops.numbers >> k & 1; }

/// Row-major strides of the loops' shape.
inline void set_dense(Loops& loops, int k) {
  int64_t stride = 1;
  for (int d = loops.rank - 1; d >= 0; --d) {
    loops.strides[k][d] = stride;
    stride *= loops.shape[d];
  }
}
inline bool is_dense(const Loops& loops, int k) {
  int64_t stride = 1;
  for (int d = loops.rank - 1; d >= 0; --d) {
    if (loops.shape[d] != 1 && loops.strides[k][d] != stride) return false;
    stride *= loops.shape[d];
  }
  return true;
}

/// Target, then source, of any dtypes. In cast.cu.
void convert(const Loops& loops);

class Staged {
 public:
  explicit Staged(Loops& loops) : loops_(loops) {}

  /// Replaces operand k by a copy as `dtype`.
  void take(int k, DType dtype) {
    Loops two = pair();
    two.data[1] = loops_.data[k];
    two.dtype[1] = loops_.dtype[k];
    for (int d = 0; d < loops_.rank; ++d) two.strides[1][d] = loops_.strides[k][d];
    two.data[0] = room(k, dtype);
    two.dtype[0] = dtype;
    set_dense(two, 0);
    convert(two);
    replace(k, two.data[0], dtype);
  }
  /// Replaces the result by memory of `dtype`, which close() converts.
  void open(DType dtype) {
    after_ = pair();
    after_.data[0] = loops_.data[0];
    after_.dtype[0] = loops_.dtype[0];
    for (int d = 0; d < loops_.rank; ++d) after_.strides[0][d] = loops_.strides[0][d];
    after_.data[1] = room(0, dtype);
    after_.dtype[1] = dtype;
    set_dense(after_, 1);
    replace(0, after_.data[1], dtype);
    opened_ = true;
  }
  void close() {
    if (opened_) convert(after_);
  }

 private:
  Loops pair() const {
    Loops two = loops_;
    two.operands = 2;
    two.numbers = 0;
    return two;
  }
  char* room(int k, DType dtype) {
    return memory_[k].emplace(size_t(elements(loops_)) * itemsize(dtype)).as<char>();
  }
  void replace(int k, char* data, DType dtype) {
    loops_.data[k] = data;
    loops_.dtype[k] = dtype;
    set_dense(loops_, k);
  }

  Loops& loops_;
  Loops after_;
  bool opened_ = false;
  std::optional<Temporary> memory_[kMaxOperands];
};

}  // namespace gm::cuda
