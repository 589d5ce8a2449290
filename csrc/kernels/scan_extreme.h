// Running extremes and their indices, for any element type.
#pragma once

#include "core/parallel.h"
#include "isa/parallel.h"
#include "kernels/scan.h"

namespace gm::GM_ISA {
namespace {

/// Order(x, best) says whether x, the later one, replaces best.
template <class T, class Order>
void scan_extreme(const ScanArgs& a) {
  const Order replaces;
  if (a.length == 0) return;
  parallel_for(a.outer, a.outer * a.length * a.inner * 2, [&](int64_t o) {
    const int64_t start = o * a.length * a.inner, n = a.inner;
    const T* x = reinterpret_cast<const T*>(a.in) + start;
    T* best = reinterpret_cast<T*>(a.out) + start;
    int64_t* index = a.index + start;
    if (n == 1) {  // kept in registers: each result waits for the one before
      T last = x[0];
      int64_t where = 0;
      for (int64_t i = 0; i < a.length; ++i) {
        const bool take = i == 0 || replaces(x[i], last);
        best[i] = last = take ? x[i] : last;
        index[i] = where = take ? i : where;
      }
      return;
    }
    for (int64_t i = 0; i < a.length; ++i)
      for (int64_t j = 0; j < n; ++j) {
        const int64_t at = i * n + j;
        const bool take = i == 0 || replaces(x[at], best[at - n]);
        best[at] = take ? x[at] : best[at - n];
        index[at] = take ? i : index[at - n];
      }
  });
}

}  // namespace
}  // namespace gm::GM_ISA
