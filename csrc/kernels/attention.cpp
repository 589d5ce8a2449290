#include "kernels/attention.h"

#include "isa/parallel.h"
#include "kernels/attention_block.h"

namespace gm::GM_ISA {
namespace {

/// Queries and keys of a block: blocks of scores and the panel of Qᵀ stay in the first caches.
template <class T>
struct Size {
#if defined(__AVX512F__)
  // 48 or 64 keys: 3 % more than 128, whose scores do not fit L1 beside the keys (causal B1 L2048
  // and full B1 L512, forward); 96 and 192 keys, or 112 queries, are no faster than 128. Beside
  // 64 × 64: 72 keys 1.01 of the time, 96 keys 1.02, 48 queries 1.02, 80 1.03, 96 × 48 1.05.
  static constexpr int64_t kForwardQueries = 64, kForwardKeys = 64;
#else
  static constexpr int64_t kForwardQueries = 48, kForwardKeys = 128;
#endif
  static constexpr int64_t kBackwardQueries = 96, kBackwardKeys = 64;
};

int64_t items_of(const AttentionArgs& a) {
  int64_t items = 1;
  for (int d = 0; d < a.batch_rank; ++d) items *= a.batch_shape[d];
  return items;
}

/// Blocks of queries, in whole vectors.
template <class T>
Even query_blocks(const AttentionArgs& a, int64_t most) {
  return Even::of(ceil_div(a.queries, Vec<T>::N), most / Vec<T>::N);
}
template <class T>
Block query_block(const AttentionArgs& a, const Even& blocks, int64_t index) {
  Block b{};
  b.query = blocks.start(index) * Vec<T>::N;
  b.width = blocks.start(index + 1) * Vec<T>::N - b.query;
  b.queries = least(b.width, a.queries - b.query);
  return b;
}

/// Keys that some query of the block sees: what lies beyond is not computed at all.
int64_t key_limit(const AttentionArgs& a, const Block& b) {
  return a.causal ? least(a.keys, b.query + b.queries) : a.keys;
}

int64_t nanoseconds(const AttentionArgs& a, int64_t products) {
  const int64_t terms = items_of(a) * a.groups * a.queries * a.keys * (a.features + a.values);
  return terms * products / (a.causal ? 80 : 40) * int64_t(a.dtype == DType::Float64 ? 2 : 1);
}

// ---- forward ------------------------------------------------------------------------------------

/// One step of the online softmax over a block's columns, a vector of them at a time:
///   m' = max(m, scores), s = 2^(scores - m'), α = 2^(m - m'), l' = α·l + Σ s
/// Where a query has seen no key yet m' is -inf and 0 is subtracted instead, which leaves s = 0.
///
/// In vain: maxima rounded up to integers, so that rows are seldom scaled and an exponential takes
/// two operations less, with a polynomial one term shorter (causal L2048 0.985 of the time, L512
/// 1.00): a row that is not scaled is fetched by the product instead.
template <class T>
void softmax_step(const AttentionArgs& a, const Block& b, T* s, T* m, T* l, T* alpha) {
  using V = Vec<T>;
  const V none(-Ieee<T>::kInfinity), zero(T(0));
  for (int64_t at = 0; at < b.width; at += V::N) {
    const int64_t keys = keys_seen(a, b, at + V::N - 1);
    T* column = s + at;
    const V before = V::load(m + at);
    V high[4] = {before, before, before, before};
    int64_t j = 0;
    for (; j + 4 <= keys; j += 4) {
#pragma GCC unroll 4
      for (int u = 0; u < 4; ++u) high[u] = max(V::load(column + (j + u) * b.width), high[u]);
    }
    for (; j < keys; ++j) high[0] = max(V::load(column + j * b.width), high[0]);
    const V now = max(max(high[0], high[1]), max(high[2], high[3]));
    const V shift = select(now == none, zero, now);
    V sum[4] = {zero, zero, zero, zero};
    const auto power = [&](int64_t key, V& total) {
      const V e = exp2_below(V::load(column + key * b.width) - shift);
      e.store(column + key * b.width);
      total += e;
    };
    j = 0;
    for (; j + 4 <= keys; j += 4) {
#pragma GCC unroll 4
      for (int u = 0; u < 4; ++u) power(j + u, sum[u]);
    }
    for (; j < keys; ++j) power(j, sum[0]);
    for (; j < b.keys; ++j) zero.store(column + j * b.width);
    const V factor = exp2_below(before - shift);
    factor.store(alpha + at);
    now.store(m + at);
    fma(V::load(l + at), factor, (sum[0] + sum[2]) + (sum[1] + sum[3])).store(l + at);
  }
}

/// Row i of the output times factor[i].
template <class T>
void scale_rows(T* out, int64_t step, int64_t rows, int64_t columns, const T* factor) {
  constexpr int N = Vec<T>::N;
  for (int64_t i = 0; i < rows; ++i, out += step) {
    const Vec<T> f(factor[i]);
    int64_t j = 0;
    for (; j + N <= columns; j += N) (Vec<T>::load(out + j) * f).store(out + j);
    if (j < columns) {
      const int rest = int(columns - j);
      (Vec<T>::load(out + j, rest) * f).store(out + j, rest);
    }
  }
}

template <class T>
void clear_rows(const Rows<T>& to, int64_t row, int64_t rows, int64_t columns) {
  const size_t bytes = static_cast<size_t>(columns) * sizeof(T);
  for (int64_t i = row; i < row + rows; ++i) __builtin_memset(to.row(i), 0, bytes);
}

/// Scratch of one forward block.
template <class T>
struct ForwardRoom {
  int64_t qt, s, mask, v, line;

  ForwardRoom(const AttentionArgs& a, int64_t width, int64_t keys)
      : qt(Room<T>::of(a.features * width)),
        s(Room<T>::of(keys * width)),
        mask(Room<T>::of(mask_room<T>(a, keys, width))),
        v(Room<T>::of(whole_vectors_room<T>(keys, a.values))),
        line(Room<T>::of(width)) {}
  int64_t bytes() const { return (qt + s + mask + v + 3 * line) * int64_t(sizeof(T)) + kPackSlack; }
};

template <class T>
void forward_block(const AttentionArgs& a, const Head<T>& h, Block b) {
  using V = Vec<T>;
  const int64_t limit = key_limit(a, b);
  const Even blocks = Even::of(limit, Size<T>::kForwardKeys);
  const ForwardRoom<T> sizes(a, b.width, least(limit, Size<T>::kForwardKeys));
  const Scratch scratch(static_cast<size_t>(sizes.bytes()));
  Room<T> room{static_cast<T*>(scratch.data)};
  T* qt = room.take(sizes.qt);
  T* s = room.take(sizes.s);
  T* mask = room.take(sizes.mask);
  T* v_room = room.take(sizes.v);
  T *m = room.take(sizes.line), *l = room.take(sizes.line), *alpha = room.take(sizes.line);
  T* out = h.out.row(b.query);

  pack_lines(h.q.data + b.query * h.q.step, h.q.step, int64_t(1), b.queries, a.features,
             T(a.scale * kLog2E), qt, b.width);
  for (int64_t i = 0; i < b.width; i += V::N) {
    V(-Ieee<T>::kInfinity).store(m + i);
    V(T(0)).store(l + i);
  }
  for (int64_t index = 0; index < blocks.parts; ++index) {
    b.key = blocks.start(index);
    b.keys = blocks.start(index + 1) - b.key;
    scores(a, h, b, qt, s, mask);
    softmax_step(a, b, s, m, l, alpha);
    if (index > 0) scale_rows(out, h.out.step, b.queries, a.values, alpha);
    const Matrix<T> v =
        whole_vectors<T>({h.v.data + b.key * h.v.step, h.v.step}, b.keys, a.values, v_room);
    product_columns<T>(b.queries, a.values, {s, b.width}, v, out, h.out.step, index > 0,
                       [&](int64_t i) { return keys_seen(a, b, i); });
  }
  // Where no key takes part the row is 0, as PyTorch has it.
  const V zero(T(0)), one(T(1)), unseen(Ieee<T>::kInfinity);
  for (int64_t i = 0; i < b.width; i += V::N) {
    const V total = V::load(l + i);
    const Mask<T> empty = total == zero;
    const V share = select(empty, zero, one / total);
    const int lanes = int(least(V::N, b.queries - i));
    share.store(alpha + i);
    share.store(h.share + b.query + i, lanes);
    select(empty, unseen, V::load(m + i)).store(h.top + b.query + i, lanes);
  }
  if (blocks.parts == 0) clear_rows(h.out, b.query, b.queries, a.values);
  scale_rows(out, h.out.step, b.queries, a.values, alpha);
}

template <class T>
void forward_of(const AttentionArgs& a) {
  const Even blocks = query_blocks<T>(a, Size<T>::kForwardQueries);
  parallel_for(items_of(a) * a.groups * blocks.parts, nanoseconds(a, 1), [&](int64_t piece) {
    const int64_t head = piece / blocks.parts;
    // The longest first, where lengths differ (causal).
    const int64_t index = blocks.parts - 1 - piece % blocks.parts;
    forward_block(a, head_of<T>(a, head / a.groups, head % a.groups),
                  query_block<T>(a, blocks, index));
  });
}

// ---- backward -----------------------------------------------------------------------------------
// With P = softmax(S), S = scale·Q·Kᵀ + mask, O = P·V and D_i = Σ_e dO_ie O_ie:
//   dV = Pᵀ·dO,  dP = dO·Vᵀ,  dS = P∘(dP - D),  dQ = scale·dS·K,  dK = scale·dSᵀ·Q
//
// A *unit* is one block of queries of one query head: its dQ is complete once it has met all keys.
// dK and dV of a key/value head are sums over the units of its group, taken in order. So a piece is
// a key/value head, or, where there are few, a run of its units, adding into sums of its own
// in the workspace, which are added up afterwards in order.

inline constexpr int64_t kPieces = 32;     // enough to hand out
inline constexpr int64_t kLeastUnits = 4;  // fewer would not pay for sums of their own

struct Plan {
  Even blocks;  // of queries
  Even runs;    // of a head's groups · blocks units
};
template <class T>
Plan plan_of(const AttentionArgs& a) {
  Plan plan{};
  plan.blocks = query_blocks<T>(a, Size<T>::kBackwardQueries);
  const int64_t units = a.groups * plan.blocks.parts;
  int64_t runs = ceil_div(kPieces, items_of(a));
  if (runs > units / kLeastUnits) runs = units / kLeastUnits;
  if (runs < 1) runs = 1;
  plan.runs = Even::of(units, ceil_div(units, runs));
  return plan;
}

template <class T>
int64_t workspace_of(const AttentionArgs& a) {
  if (items_of(a) == 0 || a.queries == 0 || a.keys == 0) return 0;
  const int64_t runs = plan_of<T>(a).runs.parts;
  return runs > 1 ? items_of(a) * runs * a.keys * (a.features + a.values) * int64_t(sizeof(T)) : 0;
}

/// P and dS, from scores and dP, in place.
template <class T>
void gradient_of_scores(const AttentionArgs& a, const Block& b, const T* top, const T* share,
                        const T* dots, T* s, T* dp) {
  using V = Vec<T>;
  const V times(T(a.scale)), zero(T(0));
  for (int64_t j = 0; j < b.keys; ++j, s += b.width, dp += b.width) {
    const int64_t first = first_vector<T>(a, b, j);
    for (int64_t i = 0; i < first; i += V::N) {
      zero.store(s + i);
      zero.store(dp + i);
    }
    for (int64_t i = first; i < b.width; i += V::N) {
      const V p = exp2_below(V::load(s + i) - V::load(top + i)) * V::load(share + i);
      p.store(s + i);
      (p * times * (V::load(dp + i) - V::load(dots + i))).store(dp + i);
    }
  }
}

/// D_i = Σ_e dO_ie O_ie.
template <class T>
T row_dot(const T* a, const T* b, int64_t n) {
  constexpr int N = Vec<T>::N;
  Vec<T> sums[2] = {Vec<T>(T(0)), Vec<T>(T(0))};
  int64_t i = 0;
  for (; i + 2 * N <= n; i += 2 * N) {
    sums[0] = fma(Vec<T>::load(a + i), Vec<T>::load(b + i), sums[0]);
    sums[1] = fma(Vec<T>::load(a + i + N), Vec<T>::load(b + i + N), sums[1]);
  }
  for (; i < n; i += N) {
    const int lanes = int(least(N, n - i));
    sums[0] = fma(Vec<T>::load(a + i, lanes), Vec<T>::load(b + i, lanes), sums[0]);
  }
  return sum(sums[0] + sums[1]);
}

/// Where a unit adds and writes.
template <class T>
struct Gradients {
  Rows<T> dq, dk, dv;  // dq: the head's; dk, dv: the piece's
};

template <class T>
struct BackwardRoom {
  int64_t qt, gt, s, mask, q, g, k, line;

  BackwardRoom(const AttentionArgs& a, int64_t width, int64_t keys)
      : qt(Room<T>::of(a.features * width)),
        gt(Room<T>::of(a.values * width)),
        s(Room<T>::of(keys * width)),
        mask(Room<T>::of(mask_room<T>(a, keys, width))),
        q(Room<T>::of(whole_vectors_room<T>(width, a.features))),
        g(Room<T>::of(whole_vectors_room<T>(width, a.values))),
        k(Room<T>::of(whole_vectors_room<T>(keys, a.features))),
        line(Room<T>::of(width)) {}
  int64_t bytes() const {
    return (qt + gt + 2 * s + mask + q + g + k + 3 * line) * int64_t(sizeof(T)) + kPackSlack;
  }
};

template <class T>
void backward_unit(const AttentionArgs& a, const Head<T>& h, Block b, const Gradients<T>& to) {
  const int64_t limit = key_limit(a, b);
  const Even blocks = Even::of(limit, Size<T>::kBackwardKeys);
  const BackwardRoom<T> sizes(a, b.width, least(limit, Size<T>::kBackwardKeys));
  const Scratch scratch(static_cast<size_t>(sizes.bytes()));
  Room<T> room{static_cast<T*>(scratch.data)};
  T *qt = room.take(sizes.qt), *gt = room.take(sizes.gt);
  T *s = room.take(sizes.s), *dp = room.take(sizes.s);
  T* mask = room.take(sizes.mask);
  T *q_room = room.take(sizes.q), *g_room = room.take(sizes.g), *k_room = room.take(sizes.k);
  T *top = room.take(sizes.line), *share = room.take(sizes.line), *dots = room.take(sizes.line);

  const Matrix<T> q_rows{h.q.data + b.query * h.q.step, h.q.step};
  const Matrix<T> g_rows{h.g.data + b.query * h.g.step, h.g.step};
  pack_lines(q_rows.data, q_rows.step, int64_t(1), b.queries, a.features, T(a.scale * kLog2E), qt,
             b.width);
  pack_lines(g_rows.data, g_rows.step, int64_t(1), b.queries, a.values, T(1), gt, b.width);
  const Matrix<T> q = whole_vectors(q_rows, b.queries, a.features, q_room);
  const Matrix<T> g = whole_vectors(g_rows, b.queries, a.values, g_room);
  for (int64_t i = 0; i < b.width; ++i) {
    const bool real = i < b.queries;
    top[i] = real ? h.top[b.query + i] : Ieee<T>::kInfinity;
    share[i] = real ? h.share[b.query + i] : T(0);
    dots[i] =
        real ? row_dot(g_rows.data + i * g_rows.step, h.out.row(b.query + i), a.values) : T(0);
  }
  for (int64_t index = 0; index < blocks.parts; ++index) {
    b.key = blocks.start(index);
    b.keys = blocks.start(index + 1) - b.key;
    const auto from_query = [&](int64_t j) { return first_query(a, b, j); };
    const Matrix<T> k_rows{h.k.data + b.key * h.k.step, h.k.step};
    scores(a, h, b, qt, s, mask);
    block_product(a, b, h.v, a.values, gt, dp);
    gradient_of_scores(a, b, top, share, dots, s, dp);
    product_rows<T>(b.keys, a.values, b.queries, {s, b.width}, g, to.dv.row(b.key), to.dv.step,
                    true, from_query);
    product_rows<T>(b.keys, a.features, b.queries, {dp, b.width}, q, to.dk.row(b.key), to.dk.step,
                    true, from_query);
    product_columns<T>(b.queries, a.features, {dp, b.width},
                       whole_vectors(k_rows, b.keys, a.features, k_room), to.dq.row(b.query),
                       to.dq.step, index > 0, [&](int64_t i) { return keys_seen(a, b, i); });
  }
  if (blocks.parts == 0) clear_rows(to.dq, b.query, b.queries, a.features);
}

/// Rows [begin, end) of Σ from[r] over the runs, in order, each of so many rows × columns.
template <class T>
void add_runs(const T* from, int64_t runs, int64_t rows, int64_t columns, int64_t begin,
              int64_t end, const Rows<T>& to) {
  constexpr int N = Vec<T>::N;
  for (int64_t i = begin; i < end; ++i) {
    const T* row = from + i * columns;
    for (int64_t j = 0; j < columns; j += N) {
      const int lanes = int(least(N, columns - j));
      Vec<T> sum = Vec<T>::load(row + j, lanes);
      for (int64_t r = 1; r < runs; ++r) sum += Vec<T>::load(row + r * rows * columns + j, lanes);
      sum.store(to.row(i) + j, lanes);
    }
  }
}

template <class T>
void backward_of(const AttentionArgs& a, void* workspace) {
  const Plan plan = plan_of<T>(a);
  const int64_t items = items_of(a), runs = plan.runs.parts;
  const int64_t k_size = a.keys * a.features, v_size = a.keys * a.values;
  T* k_sums = static_cast<T*>(workspace);  // null of one run
  T* v_sums = k_sums + items * runs * k_size;
  const auto dk = [&](int64_t item) { return rows_of<T>(a.dk, item, a.keys, a.features); };
  const auto dv = [&](int64_t item) { return rows_of<T>(a.dv, item, a.keys, a.values); };
  parallel_for(items * runs, nanoseconds(a, 3), [&](int64_t piece) {
    const int64_t item = piece / runs, run = piece % runs;
    Gradients<T> to{{}, dk(item), dv(item)};
    if (runs > 1) {
      to.dk = {k_sums + piece * k_size, a.features};
      to.dv = {v_sums + piece * v_size, a.values};
    }
    clear_rows(to.dk, 0, a.keys, a.features);
    clear_rows(to.dv, 0, a.keys, a.values);
    for (int64_t unit = plan.runs.start(run); unit < plan.runs.start(run + 1); ++unit) {
      const int64_t group = unit / plan.blocks.parts;
      to.dq = rows_of<T>(a.dq, item * a.groups + group, a.queries, a.features);
      backward_unit(a, head_of<T>(a, item, group),
                    query_block<T>(a, plan.blocks, unit % plan.blocks.parts), to);
    }
  });
  if (runs == 1) return;
  const int64_t slice = 16384 / greatest(1, least(16384, a.features + a.values));  // rows
  const int64_t slices = ceil_div(a.keys, slice);
  parallel_for(items * slices, items * runs * (k_size + v_size) / 4, [&](int64_t piece) {
    const int64_t item = piece / slices, row = piece % slices * slice;
    const int64_t end = least(a.keys, row + slice);
    add_runs(k_sums + item * runs * k_size, runs, a.keys, a.features, row, end, dk(item));
    add_runs(v_sums + item * runs * v_size, runs, a.keys, a.values, row, end, dv(item));
  });
}

// -------------------------------------------------------------------------------------------------

void forward(const AttentionArgs& a) {
  a.dtype == DType::Float64 ? forward_of<double>(a) : forward_of<float>(a);
}
int64_t workspace(const AttentionArgs& a) {
  return a.dtype == DType::Float64 ? workspace_of<double>(a) : workspace_of<float>(a);
}
void backward(const AttentionArgs& a, void* workspace) {
  a.dtype == DType::Float64 ? backward_of<double>(a, workspace) : backward_of<float>(a, workspace);
}

}  // namespace

constinit const AttentionKernels attention = {
    .forward = forward,
    .workspace = workspace,
    .backward = backward,
};

}  // namespace gm::GM_ISA
