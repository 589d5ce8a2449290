// Shape: up to 16 sizes, without the heap. Also used for axes and permutations.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "core/view.h"

namespace gm {

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) : Shape(sizes.begin(), int(sizes.size())) {}
  Shape(const int64_t* sizes, int rank) : rank_(rank) {
    for (int i = 0; i < rank; ++i) {
      dims_[i] = sizes[i];
      asm("" : "+r"(i));  // see copy_view
    }
  }
  Shape(const Shape& o) : Shape(o.dims_, o.rank_) {}
  Shape& operator=(const Shape& o) {
    rank_ = o.rank_;
    for (int i = 0; i < rank_; ++i) dims_[i] = o.dims_[i];
    return *this;
  }

  int rank() const { return rank_; }
  int64_t operator[](int i) const { return dims_[i]; }
  int64_t& operator[](int i) { return dims_[i]; }
  const int64_t* begin() const { return dims_; }
  const int64_t* end() const { return dims_ + rank_; }
  int64_t* begin() { return dims_; }
  int64_t* end() { return dims_ + rank_; }
  void push_back(int64_t size);  // ValueError beyond 16 dimensions
  void insert(int at, int64_t size);
  void erase(int at);

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.dims_[i] != b.dims_[i]) return false;
    return true;
  }

 private:
  int rank_ = 0;
  int64_t dims_[kMaxRank];
};

/// a·b, or OverflowError: every size that is multiplied anywhere goes through here.
int64_t checked_mul(int64_t a, int64_t b);
/// a + b, or OverflowError.
int64_t checked_add(int64_t a, int64_t b);
/// Product of the sizes; ValueError if one is negative, OverflowError beyond int64, which holds for
/// the sizes other than 0 too: strides are products of them.
int64_t numel(const Shape& shape);

/// The shape two operands broadcast to. ValueError names `op` and both shapes.
Shape broadcast(std::string_view op, const Shape& a, const Shape& b);

/// `axis` counted from the front; IndexError if it is not in [-rank, rank).
int normalize_axis(std::string_view op, int64_t axis, int rank);
/// Sorted distinct axes counted from the front; ValueError on a repeated one.
Shape normalize_axes(std::string_view op, const Shape& axes, int rank);

}  // namespace gm
