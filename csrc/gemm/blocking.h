// Block sizes of the matrix product: one row per ISA and element, the register budget beside it.
//
//   MR × NR   the tile kept in registers; NR is kPanel vectors
//   KC        terms of the sum over K per block. A panel of B (KC × NR) stays in L1 or near it
//             while A streams past it from L2. KC also fixes where a sum is cut, so changing it
//             changes bits; nothing else in this table does.
//   MC, NC    rows and columns of a piece of work at most: MC × KC of A in L2, C's piece beside it
//
// The panel tile reads a packed A; the direct tile broadcasts from A's own rows, where R row
// pointers have to live in general registers: fewer rows, more vectors. Its panels are kDirectUsual
// vectors, or up to the widest where that would leave a narrow one.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

template <class T>
struct Blocking {
#if defined(__AVX512F__)
  // 32 registers: 14×2 sums + 2 of B + 1 broadcast = 31; 28 FMAs for 16 loads.
  static constexpr int kRows = 14, kPanel = 2;
  // 8×3 sums + 3 + 1 = 28, 6×4 sums + 4 + 1 = 29.
  static constexpr int kDirectRows[] = {8, 8, 8, 6};
  static constexpr int kDirectUsual = 4;
  // KC × NR is 48 KB, all of L1 on the machine of these figures: what A loses there, fewer passes
  // over C and fewer tiles gain (256 takes 1.05 of the time in BERT, 1.02 at 768; 512 as long as
  // 384, 768 longer where B is cold).
  static constexpr int kDepth = 384;
#elif defined(__AVX2__)
  // 16 registers: 6×2 sums + 2 of B + 1 broadcast = 15; 12 FMAs for 8 loads. KC × NR is 24 KB.
  static constexpr int kRows = 6, kPanel = 2;
  // 4×3 sums + 3 + 1 = 16, for odd numbers of vectors: 6×2 has fewer loads of B
  // (64³ 1.04 of the speed, 16 × 784 × 128 1.04).
  static constexpr int kDirectRows[] = {6, 6, 4};
  static constexpr int kDirectUsual = 2;
  static constexpr int kDepth = 384;
#elif defined(__aarch64__)
  // 32 registers of 4 floats: 8×2 sums + 2 + 1 = 19; wider tiles were not measured.
  static constexpr int kRows = 8, kPanel = 2;
  static constexpr int kDirectRows[] = {8, 8};
  static constexpr int kDirectUsual = 2;
  static constexpr int kDepth = 512;
#else
  // 16 registers and no FMA: 4×3 sums + 3 of B + 1 broadcast, whose product takes its place = 16.
  static constexpr int kRows = 4, kPanel = 3;
  static constexpr int kDirectRows[] = {4, 4, 4};
  static constexpr int kDirectUsual = 3;
  static constexpr int kDepth = 512;
#endif
  static constexpr int kLanes = Vec<T>::N;
  static constexpr int kColumns = kPanel * kLanes;  // NR
  static constexpr int kDirectPanel = sizeof kDirectRows / sizeof kDirectRows[0];
};

}  // namespace
}  // namespace gm::GM_ISA
