// where(condition, a, b), by the size of an element alone.
#pragma once

#include "isa/lines.h"
#include "kernels/compare.h"

namespace gm::GM_ISA {
namespace {

template <class T>
void where_line(const void*, char* out, const char* const* in, const bool*, int64_t n) {
  constexpr int N = Vec<T>::N;
  const auto* condition = reinterpret_cast<const uint8_t*>(in[0]);
  const auto* a = reinterpret_cast<const T*>(in[1]);
  const auto* b = reinterpret_cast<const T*>(in[2]);
  auto* y = reinterpret_cast<T*>(out);
  int64_t i = 0;
  for (; i + N <= n; i += N)
    select(load_bool<T>(condition + i, N), Vec<T>::load(a + i), Vec<T>::load(b + i)).store(y + i);
  if (i < n) {
    const int tail = static_cast<int>(n - i);
    const Vec<T> rest = select(load_bool<T>(condition + i, tail), Vec<T>::load(a + i, tail),
                               Vec<T>::load(b + i, tail));
    rest.store(y + i, tail);
  }
}
void where(const Loops& loops, DType dtype) {
  LineFn line = where_line<uint8_t>;
  switch (dtype) {
    case DType::UInt16:
    case DType::Int16:
    case DType::Float16:
    case DType::BFloat16:
      line = where_line<uint16_t>;
      break;
    case DType::UInt32:
    case DType::Int32:
    case DType::Float32:
      line = where_line<uint32_t>;
      break;
    case DType::UInt64:
    case DType::Int64:
    case DType::Float64:
      line = where_line<uint64_t>;
      break;
    default:
      break;
  }
  map_lines(loops, {
                       .line = line,
                       .stage = stage_line,
                       .op = nullptr,
                       .dtypes = {dtype, DType::Bool, dtype, dtype},
                       .inputs = 3,
                       .takes_same = false,
                       .picoseconds = 200,
                   });
}

}  // namespace
}  // namespace gm::GM_ISA
