// The steps on one block of scores, `keys` × `queries`, which both directions share.
//
// Blocks lie transposed: a row per key, queries side by side, `width` (whole vectors) apart. So
//
//   Sᵀ  = K · Qᵀ     K is read where it lies, a number at a time; Qᵀ is packed once per query block
//   softmax          runs down the columns, a query per lane: no sums across lanes
//   O  += (Sᵀ)ᵀ · V  the block is its own packed left side (rows of A side by side); V as it lies
//   dV += Sᵀ · dO    likewise, Sᵀ as rows
//
// and nothing but Qᵀ and dOᵀ is ever packed. Lanes beyond the last query are computed (their
// queries are zero) and never stored.
#pragma once

#include "gemm/gemm.h"
#include "isa/math/exp.h"
#include "isa/math/log.h"
#include "kernels/attention.h"

namespace gm::GM_ISA {
namespace {

inline constexpr double kLog2E = 1.4426950408889634;

/// Rows of a matrix as the micro-kernel takes them.
template <class T>
struct Matrix {
  const T* data;
  int64_t step;
};

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

/// A matrix whose rows are whole vectors: where it lies, or copied to `room`. The right side of a
/// product is read in whole vectors, and its last row may end where its memory does.
template <class T>
Matrix<T> whole_vectors(Matrix<T> m, int64_t rows, int64_t columns, T* room) {
  constexpr int N = Vec<T>::N;
  if (columns % N == 0) return m;
  const int64_t width = round_up(columns, N);
  for (int64_t i = 0; i < rows; ++i) {
    const T* from = m.data + i * m.step;
    T* to = room + i * width;
    int64_t j = 0;
    for (; j + N <= columns; j += N) Vec<T>::load(from + j).store(to + j);
    Vec<T>::load(from + j, int(columns - j)).store(to + j);
  }
  return {room, width};
}
template <class T>
int64_t whole_vectors_room(int64_t rows, int64_t columns) {
  return columns % Vec<T>::N ? rows * round_up(columns, Vec<T>::N) : 0;
}

/// C (m × n) = or += A·B. A by rows: element (i, p) at a.data[i·step + p].
/// `first(i)` gives the first term of which row i has need (a causal block's).
template <class T, class First>
GM_INLINE void product_rows(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c,
                            int64_t c_step, bool add, const First& first) {
  using B = Blocking<T>;
  const Even vectors = Even::of(ceil_div(n, B::kLanes), B::kDirectPanel);
  Tile<T> t;
  t.a_step = a.step;
  t.b_step = b.step;
  t.c_step = c_step;
  t.add = add;
  t.ahead = b.data;
  t.ahead_step = 0;
  for (int64_t j = 0; j < vectors.parts; ++j) {
    const int64_t column = vectors.start(j) * B::kLanes;
    const int64_t width = vectors.start(j + 1) * B::kLanes - column;
    const int V = int(width / B::kLanes);
    const Even rows = Even::of(m, B::kDirectRows[V - 1]);
    t.columns = int(least(width, n - column));
    for (int64_t i = 0; i < rows.parts; ++i) {
      const int64_t row = rows.start(i), begin = first(row);
      t.k = k - begin;
      t.a = a.data + row * a.step + begin;
      t.b = b.data + begin * b.step + column;
      t.c = c + row * c_step + column;
      tiles<T, Layout::Rows>.of[V - 1][rows.start(i + 1) - row - 1](t);
    }
  }
}

/// The same with A by columns: element (i, p) at a.data[p·step + i]. `last(i)` gives the number of
/// terms of which the rows up to i have need.
template <class T, class Last>
GM_INLINE void product_columns(int64_t m, int64_t n, Matrix<T> a, Matrix<T> b, T* c, int64_t c_step,
                               bool add, const Last& last) {
  using B = Blocking<T>;
  const Even vectors = Even::of(ceil_div(n, B::kLanes), B::kPanel);
  const Even rows = Even::of(m, B::kRows);
  Tile<T> t;
  t.a_step = a.step;
  t.b_step = b.step;
  t.c_step = c_step;
  t.add = add;
  t.ahead = b.data;
  t.ahead_step = 0;
  for (int64_t j = 0; j < vectors.parts; ++j) {
    const int64_t column = vectors.start(j) * B::kLanes;
    const int64_t width = vectors.start(j + 1) * B::kLanes - column;
    t.columns = int(least(width, n - column));
    t.b = b.data + column;
    for (int64_t i = 0; i < rows.parts; ++i) {
      const int64_t row = rows.start(i), next = rows.start(i + 1);
      t.k = last(next - 1);
      t.a = a.data + row;
      t.c = c + row * c_step + column;
      if (t.k > 0 || !add) tiles<T, Layout::Columns>.of[width / B::kLanes - 1][next - row - 1](t);
    }
  }
}

/// panel[p·width + l] = factor · term p of line l (`line` apart, terms `term` apart); 0 beyond.
template <class T>
void pack_lines(const T* from, int64_t line, int64_t term, int64_t lines, int64_t terms, T factor,
                T* panel, int64_t width) {
  constexpr int N = Vec<T>::N, most = 4 * N;
  for (int64_t l = 0; l < lines; l += most) {
    const Side<T> side{.data = from + l * line, .line = line, .term = term};
    pack_dense(side, 0, int(least(most, lines - l)), 0, terms, panel + l, int(width));
  }
  const Vec<T> times(factor);
  const Mask<T> some = first_lanes<T>(int(lines - (width - N)));
  for (int64_t p = 0; p < terms; ++p, panel += width) {
    for (int64_t l = 0; l < width - N; l += N) (Vec<T>::load(panel + l) * times).store(panel + l);
    keep(some, Vec<T>::load(panel + width - N) * times).store(panel + width - N);
  }
}

/// Rows that are written, `step` apart.
template <class T>
struct Rows {
  T* data;
  int64_t step;
  T* row(int64_t i) const { return data + i * step; }
};

/// One (batch item, query head): its matrices.
template <class T>
struct Head {
  Matrix<T> q, k, v, g;
  const char* mask;
  Rows<T> out;
  T *top, *share;  // the two lines of AttentionArgs::rows
};

/// Where a head's matrix of rows × columns lies in a result.
template <class T>
Rows<T> rows_of(const AttentionResult& to, int64_t head, int64_t rows, int64_t columns) {
  const int64_t step = to.beside * columns, row = head / to.beside * rows;
  return {reinterpret_cast<T*>(to.data) + row * step + head % to.beside * columns, step};
}

template <class T>
Matrix<T> matrix_of(const AttentionOperand& operand, int64_t at) {
  return {reinterpret_cast<const T*>(operand.data) + at, operand.row};
}

template <class T>
Head<T> head_of(const AttentionArgs& a, int64_t item, int64_t group) {
  int64_t q = group * a.q.group, k = group * a.k.group, v = group * a.v.group;
  int64_t g = group * a.g.group, mask = group * a.mask.group, rest = item;
  for (int d = a.batch_rank - 1; d >= 0; --d) {
    const int64_t i = rest % a.batch_shape[d];
    rest /= a.batch_shape[d];
    q += i * a.q.batch[d];
    k += i * a.k.batch[d];
    v += i * a.v.batch[d];
    g += i * a.g.batch[d];
    mask += i * a.mask.batch[d];
  }
  const int64_t head = item * a.groups + group;
  Head<T> h{};
  h.q = matrix_of<T>(a.q, q);
  h.k = matrix_of<T>(a.k, k);
  h.v = matrix_of<T>(a.v, v);
  if (a.g.data) h.g = matrix_of<T>(a.g, g);
  if (a.mask.data) h.mask = a.mask.data + mask * (a.mask_bool ? 1 : int64_t(sizeof(T)));
  h.out = rows_of<T>(a.out, head, a.queries, a.values);
  h.top = reinterpret_cast<T*>(a.rows) + head * 2 * a.queries;
  h.share = h.top + a.queries;
  return h;
}

/// A block: keys [key, key + keys) × queries [query, query + queries).
struct Block {
  int64_t query, queries, width, key, keys;
};

/// Elements of scratch for add_mask.
template <class T>
int64_t mask_room(const AttentionArgs& a, int64_t keys, int64_t width) {
  return a.mask.data && a.mask.row ? keys * width * (a.mask_bool ? 2 : 1) : 0;
}

/// The mask of a block as numbers, transposed as the block is; not yet in units of log2.
template <class T>
const T* transposed_mask(const AttentionArgs& a, const char* mask, const Block& b, T* room) {
  const int64_t at = b.query * a.mask.row + b.key * a.mask_column;
  if (!a.mask_bool) {
    pack_lines(reinterpret_cast<const T*>(mask) + at, a.mask.row, a.mask_column, b.queries, b.keys,
               T(1), room, b.width);
    return room;
  }
  T* numbers = room + b.keys * b.width;
  const Vec<T> none(-Ieee<T>::kInfinity);
  for (int64_t i = 0; i < b.queries; ++i) {
    const uint8_t* from = reinterpret_cast<const uint8_t*>(mask) + at + i * a.mask.row;
    T* to = numbers + i * b.keys;
    int64_t j = 0;
    if (a.mask_column == 1) {
      for (; j + Vec<T>::N <= b.keys; j += Vec<T>::N)
        bits<T>(bits<IntOf<T>>(none) & Vec<IntOf<T>>((~load_bool<T>(from + j, Vec<T>::N)).v))
            .store(to + j);
    }
    for (; j < b.keys; ++j) to[j] = from[j * a.mask_column] ? T(0) : -Ieee<T>::kInfinity;
  }
  pack_lines(numbers, b.keys, int64_t(1), b.queries, b.keys, T(1), room, b.width);
  return room;
}

/// A mask's numbers in units of log2, finite where they were: the lowest float, which hides a key
/// in many a model's masks, would become -inf, and a row of nothing else the mean of no value
/// instead of all.
template <class T>
GM_INLINE Vec<T> mask_in_log2(Vec<T> x) {
  const Vec<T> most(Ieee<T>::kLargest), y = x * Vec<T>(T(kLog2E));
  return select(abs(x) <= most, clamp(y, -Ieee<T>::kLargest, Ieee<T>::kLargest), y);
}

/// Adds the mask to scores that are in units of log2.
template <class T>
void add_mask(const AttentionArgs& a, const char* mask, const Block& b, T* s, T* room) {
  using V = Vec<T>;
  if (!mask) return;
  if (a.mask.row == 0) {  // the same for every query
    for (int64_t j = 0; j < b.keys; ++j, s += b.width) {
      const int64_t at = (b.key + j) * a.mask_column;
      const V value = a.mask_bool ? V(mask[at] ? T(0) : -Ieee<T>::kInfinity)
                                  : mask_in_log2(V(reinterpret_cast<const T*>(mask)[at]));
      for (int64_t l = 0; l < b.width; l += V::N) (V::load(s + l) + value).store(s + l);
    }
    return;
  }
  const T* other = transposed_mask(a, mask, b, room);
  if (a.mask_bool) {
    for (int64_t i = 0; i < b.keys * b.width; i += V::N)
      (V::load(s + i) + V::load(other + i)).store(s + i);
  } else {
    for (int64_t i = 0; i < b.keys * b.width; i += V::N)
      (V::load(s + i) + mask_in_log2(V::load(other + i))).store(s + i);
  }
}

// In a causal block the vectors of a row before `first_vector` are neither computed nor hidden: no
// query in them sees the key. The steps that follow write 0 there.

/// The first query that sees key j of the block, and its vector.
GM_INLINE int64_t first_query(const AttentionArgs& a, const Block& b, int64_t j) {
  const int64_t blind = b.key + j - b.query;
  return a.causal && blind > 0 ? blind : 0;
}
template <class T>
GM_INLINE int64_t first_vector(const AttentionArgs& a, const Block& b, int64_t j) {
  return least(first_query(a, b, j) / Vec<T>::N * Vec<T>::N, b.width);
}
/// How many keys query i sees.
GM_INLINE int64_t keys_seen(const AttentionArgs& a, const Block& b, int64_t i) {
  if (!a.causal) return b.keys;
  const int64_t seen = b.query + i + 1 - b.key;
  return seen < 0 ? 0 : least(seen, b.keys);
}

/// -inf where a key comes after the query.
template <class T>
void hide_later_keys(const AttentionArgs& a, const Block& b, T* s) {
  using V = Vec<T>;
  for (int64_t j = keys_seen(a, b, 0); j < b.keys; ++j) {
    const int64_t l = first_vector<T>(a, b, j);
    if (l == b.width) break;
    T* to = s + j * b.width + l;
    const int blind = int(first_query(a, b, j) - l);
    select(first_lanes<T>(blind), V(-Ieee<T>::kInfinity), V::load(to)).store(to);
  }
}

/// A·Bᵀ of the rows a of the block's keys and a packed panel of its queries.
template <class T>
void block_product(const AttentionArgs& a, const Block& b, Matrix<T> rows, int64_t terms,
                   const T* panel, T* to) {
  const auto all = [](int64_t) { return int64_t(0); };
  const T* from = rows.data + b.key * rows.step;
  const int64_t whole = a.causal ? keys_seen(a, b, 0) : b.keys;
  product_rows<T>(whole, b.width, terms, {from, rows.step}, {panel, b.width}, to, b.width, false,
                  all);
  for (int64_t j = whole, next; j < b.keys; j = next) {
    const int64_t l = first_vector<T>(a, b, j);
    next = least(b.keys, keys_seen(a, b, l + Vec<T>::N - 1));
    if (l == b.width || next <= j) break;
    product_rows<T>(next - j, b.width - l, terms, {from + j * rows.step, rows.step},
                    {panel + l, b.width}, to + j * b.width + l, b.width, false, all);
  }
}

/// Sᵀ in units of log2 (Qᵀ is packed with scale·log2 e), masked.
template <class T>
void scores(const AttentionArgs& a, const Head<T>& h, const Block& b, const T* qt, T* s, T* room) {
  block_product(a, b, h.k, a.features, qt, s);
  add_mask(a, h.mask, b, s, room);
  if (a.causal) hide_later_keys(a, b, s);
}

/// Scratch cut into arrays, each starting on a cache line.
template <class T>
struct Room {
  static GM_INLINE int64_t of(int64_t elements) { return round_up(elements, 64 / sizeof(T)); }
  T* next;
  GM_INLINE T* take(int64_t elements) {
    T* at = next;
    next += of(elements);
    return at;
  }
};

}  // namespace
}  // namespace gm::GM_ISA
