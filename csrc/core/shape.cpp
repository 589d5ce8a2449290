#include "core/shape.h"

#include <algorithm>

#include "core/error.h"

namespace gm {

void Shape::push_back(int64_t size) {
  check(rank_ < kMaxRank, "at most ", kMaxRank, " dimensions are supported");
  dims_[rank_++] = size;
}

void Shape::insert(int at, int64_t size) {
  push_back(0);
  for (int i = rank_ - 1; i > at; --i) dims_[i] = dims_[i - 1];
  dims_[at] = size;
}

void Shape::erase(int at) {
  for (int i = at; i + 1 < rank_; ++i) dims_[i] = dims_[i + 1];
  --rank_;
}

int64_t checked_mul(int64_t a, int64_t b) {
  int64_t product;
  if (__builtin_mul_overflow(a, b, &product)) [[unlikely]]
    fail(ErrorKind::Overflow, "array is too large: ", (long long)a, " × ", (long long)b,
         " does not fit 64 bits");
  return product;
}

int64_t checked_add(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) [[unlikely]]
    fail(ErrorKind::Overflow, "array is too large: ", (long long)a, " + ", (long long)b,
         " does not fit 64 bits");
  return sum;
}

int64_t numel(const Shape& shape) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t size : shape) {
    check(size >= 0, "negative size ", (long long)size, " in shape ", shape);
    if (size == 0)
      empty = true;
    else
      count = checked_mul(count, size);
  }
  return empty ? 0 : count;
}

Shape broadcast(std::string_view op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape out = longer;
  const int shift = longer.rank() - shorter.rank();
  for (int i = 0; i < shorter.rank(); ++i) {
    const int64_t x = longer[i + shift], y = shorter[i];
    check(x == y || x == 1 || y == 1, op, ": shapes ", a, " and ", b, " do not broadcast together");
    out[i + shift] = x == 1 ? y : x;
  }
  return out;
}

int normalize_axis(std::string_view op, int64_t axis, int rank) {
  check_index(axis >= -rank && axis < rank, op, ": axis ", (long long)axis,
              " is out of range for an array of ", rank, " dimension", rank == 1 ? "" : "s");
  return int(axis < 0 ? axis + rank : axis);
}

Shape normalize_axes(std::string_view op, const Shape& axes, int rank) {
  Shape out;
  for (int64_t axis : axes) out.push_back(normalize_axis(op, axis, rank));
  std::sort(out.begin(), out.end());
  for (int i = 1; i < out.rank(); ++i)
    check(out[i] != out[i - 1], op, ": axis ", (long long)out[i], " is given twice");
  return out;
}

}  // namespace gm
