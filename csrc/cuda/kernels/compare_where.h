// kernels/compare_where.h for CUDA.
#pragma once

#include "cuda/stage.h"
#include "isa/lines.h"
#include "kernels/compare.h"

namespace gm::GM_ISA {
namespace {

template <class T>
__global__ void where_all(T* out, Source<uint8_t> condition, Source<T> a, Source<T> b,
                          Places places, int64_t n) {
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    int64_t at[4];
    places.find(i, 4, at);
    const bool truth = condition.data ? condition.data[at[1]] : condition.number;
    const Source<T>& from = truth ? a : b;
    out[at[0]] = from.data ? from.data[at[truth ? 2 : 3]] : from.number;
  }
}

template <class T>
Source<T> source(const Loops& loops, int k) {
  const auto* data = reinterpret_cast<const T*>(loops.data[k]);
  if (is_number(loops, k)) return {nullptr, *data};
  return {data, T(0)};
}

template <class T>
void where_of(const Loops& loops) {
  const int64_t n = elements(loops);
  start(where_all<T>, blocks_for(n), kThreads, reinterpret_cast<T*>(loops.data[0]),
        source<uint8_t>(loops, 1), source<T>(loops, 2), source<T>(loops, 3), places_of(loops), n);
}

void where(const Loops& given, DType dtype) {
  Loops loops = given;
  if (elements(loops) == 0) return;
  Staged staged(loops);
  for (int k = 2; k <= 3; ++k)
    if (loops.dtype[k] != dtype && !is_number(loops, k)) staged.take(k, dtype);
  if (loops.dtype[0] != dtype) staged.open(dtype);
  switch (itemsize(dtype)) {
    case 1:
      where_of<uint8_t>(loops);
      break;
    case 2:
      where_of<uint16_t>(loops);
      break;
    case 4:
      where_of<uint32_t>(loops);
      break;
    default:
      where_of<uint64_t>(loops);
  }
  staged.close();
}

}  // namespace
}  // namespace gm::GM_ISA
