// Sorting by rank: integers in the order that is asked for, of any dtype and direction. A rank and
// its element's index, packed into one integer, compare as one and are never equal.
#include "isa/parallel.h"
#include "isa/simd.h"
#include "kernels/sort.h"

namespace gm::GM_ISA {
namespace {

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- ranks --------------------------------------------------------------------------------------

/// By a rank's bytes: P, twice as wide, is a rank and an index. Its order is that of the elements.
template <int bytes>
struct Types;
template <>
struct Types<4> {
  using R = int32_t;
  using U = uint32_t;
  using P = uint64_t;
};
template <>
struct Types<8> {
  using R = int64_t;
  using U = uint64_t;
  __extension__ using P = unsigned __int128;
};
template <class R>
using Bits = typename Types<sizeof(R)>::U;
template <class R>
using Pack = typename Types<sizeof(R)>::P;

template <class R>
inline constexpr int kBits = 8 * sizeof(R);
template <class R>
inline constexpr Bits<R> kSign = Bits<R>(1) << (kBits<R> - 1);

template <class R>
GM_INLINE Pack<R> pack(R rank, int64_t index) {
  return static_cast<Pack<R>>(static_cast<Bits<R>>(rank) ^ kSign<R>) << kBits<R> |
         static_cast<Bits<R>>(index);
}
template <class R>
GM_INLINE Bits<R> high(Pack<R> packed) {
  return static_cast<Bits<R>>(packed >> kBits<R>);
}
template <class R>
GM_INLINE R rank_of(Pack<R> packed) {
  return static_cast<R>(high<R>(packed) ^ kSign<R>);
}

/// The ranks of n elements, kept as bits. Of floats, -0 and 0 are one rank, and so are all NaN.
template <class R>
void rank(const SortArgs& args, const Bits<R>* x, int64_t n, R* ranks) {
  const R flip = args.descending ? R(-1) : R(0);
  if (is_float(args.dtype)) {
    const R infinity = sizeof(R) == 4 ? R(0x7f800000) : R(0x7ff0000000000000);
    for (int64_t i = 0; i < n; ++i) {
      const R size = R(x[i] & ~kSign<R>), sign = R(x[i]) >> (kBits<R> - 1);
      const R value = (size ^ sign) - sign;
      ranks[i] = (size > infinity ? R(~kSign<R>) : value) ^ flip;
    }
  } else {
    const Bits<R> mask = Bits<R>(flip) ^ (is_signed(args.dtype) ? 0 : kSign<R>);
    for (int64_t i = 0; i < n; ++i) ranks[i] = R(x[i] ^ mask);
  }
}

// ---- order --------------------------------------------------------------------------------------

/// Sorts n candidates whose equal ranks are in order; the result is in `a` or in `b`.
template <class R>
Pack<R>* sort(Pack<R>* a, Pack<R>* b, int64_t n) {
  if (n <= 64) {
    for (int64_t i = 1; i < n; ++i) {
      const Pack<R> one = a[i];
      int64_t j = i;
      for (; j > 0 && a[j - 1] > one; --j) a[j] = a[j - 1];
      a[j] = one;
    }
    return a;
  }
  // By one byte of the rank after another, from the lowest, as many as the ranks differ in.
  Bits<R> low = high<R>(a[0]), most = low;
  for (int64_t i = 1; i < n; ++i) {
    const Bits<R> rank = high<R>(a[i]);
    low = rank < low ? rank : low;
    most = rank > most ? rank : most;
  }
  most -= low;
  int bytes = 0;
  for (; most; most >>= 8) ++bytes;
  Bits<R> starts[sizeof(R)][256], sums[sizeof(R)] = {};
  __builtin_memset(starts, 0, static_cast<size_t>(bytes) * sizeof(starts[0]));
  for (int64_t i = 0; i < n; ++i) {
    Bits<R> rank = high<R>(a[i]) - low;
    for (int byte = 0; byte < bytes; ++byte, rank >>= 8) ++starts[byte][rank & 255];
  }
  for (int value = 0; value < 256; ++value) {
    for (int byte = 0; byte < bytes; ++byte) {
      const Bits<R> count = starts[byte][value];
      starts[byte][value] = sums[byte];
      sums[byte] += count;
    }
  }
  for (int byte = 0; byte < bytes; ++byte) {
    Bits<R>* next = starts[byte];
    for (int64_t i = 0; i < n; ++i) b[next[(high<R>(a[i]) - low) >> 8 * byte & 255]++] = a[i];
    Pack<R>* swap = a;
    a = b;
    b = swap;
  }
  return a;
}

/// Candidates in the order of their indices or, if they are kept sorted, of rank and index.
template <class R>
struct Candidates {
  Pack<R>*a, *b;
  int64_t have;
  R last;  ///< what comes later has to be of a lower rank than this
};

/// Puts the lower candidates first until at most `wanted` are left, the first `count` among them.
template <class R>
void narrow(Candidates<R>& c, int64_t count, int64_t wanted) {
  Pack<R>*a = c.a, *b = c.b;
  int64_t taken = 0;
  for (int round = 0; c.have > wanted; ++round) {
    if (round == 16) {  // unlucky
      a = sort<R>(c.a, c.b, c.have);
      c.b = a == c.a ? c.b : c.a;
      c.a = a;
      c.have = count;
      c.last = rank_of<R>(a[count - 1]);
      return;
    }
    // The middle one of three, so that there are some on both its sides.
    Pack<R> pivot = a[(taken + c.have) / 2];
    const Pack<R> first = a[taken], end = a[c.have - 1];
    const Pack<R> lower = first < end ? first : end, higher = first < end ? end : first;
    pivot = pivot < lower ? lower : pivot > higher ? higher : pivot;
    int64_t under = taken, over = 0;
    for (int64_t i = taken; i < c.have; ++i) {
      const Pack<R> one = a[i];
      a[under] = b[over] = one;
      const bool less = one < pivot;
      under += less;
      over += !less;
    }
    if (under >= count) {
      c.have = under;
      c.last = rank_of<R>(pivot);
    } else {
      __builtin_memcpy(a + under, b, static_cast<size_t>(over) * sizeof(*b));
      taken = under;
    }
  }
}

constexpr int64_t kRanks = 256;  // at once
template <class R>
inline constexpr int64_t kBlock = 64 / sizeof(R);

template <class R>
GM_INLINE bool none_below(const R* ranks, R last) {
  R least = ranks[0];
  for (int j = 1; j < kBlock<R>; ++j) least = ranks[j] < least ? ranks[j] : least;
  return least >= last;
}

/// The first `count` <= kSortFew of a row, each new one put in its place.
template <class R>
void first_few(const SortArgs& args, const Bits<R>* row, Candidates<R>& c) {
  R ranks[kRanks];
  Pack<R>* kept = c.a;
  const auto keep = [&](R rank, int64_t index) {
    const Pack<R> one = pack<R>(rank, index);
    int64_t j = c.have < args.count ? c.have++ : args.count - 1;
    for (; j > 0 && kept[j - 1] > one; --j) kept[j] = kept[j - 1];
    kept[j] = one;
  };
  for (int64_t start = 0; start < args.size; start += kRanks) {
    const int64_t n = smaller(kRanks, args.size - start);
    rank<R>(args, row + start, n, ranks);
    int64_t i = 0;
    for (; i < n && c.have < args.count; ++i) keep(ranks[i], start + i);
    if (i == n) continue;
    R last = rank_of<R>(kept[args.count - 1]);
    while (i < n) {
      const int64_t end = smaller(n, i + kBlock<R>);
      if (end - i == kBlock<R> && none_below(ranks + i, last)) {
        i = end;
        continue;
      }
      for (; i < end; ++i) {
        if (ranks[i] >= last) continue;
        keep(ranks[i], start + i);
        last = rank_of<R>(kept[args.count - 1]);
      }
    }
  }
}

/// The first `count` of a row: candidates are gathered and, as often as there is no room for more,
/// the worse ones dropped.
template <class R>
void first_many(const SortArgs& args, const Bits<R>* row, Candidates<R>& c) {
  const int64_t most = sort_candidates(args);
  R ranks[kRanks];
  bool all = true;
  for (int64_t start = 0; start < args.size; start += kRanks) {
    const int64_t n = smaller(kRanks, args.size - start);
    rank<R>(args, row + start, n, ranks);
    for (int64_t i = 0; i < n;) {
      if (c.have == most) {
        narrow(c, args.count, 2 * args.count);
        all = false;
      }
      const int64_t end = smaller(n, i + smaller(kBlock<R>, most - c.have));
      if (!all && end - i == kBlock<R> && none_below(ranks + i, c.last)) {
        i = end;
        continue;
      }
      for (; i < end; ++i) {
        c.a[c.have] = pack<R>(ranks[i], start + i);
        c.have += all | (ranks[i] < c.last);
      }
    }
  }
  const int64_t wanted = args.count + args.count / 4;
  if (wanted < args.size) narrow(c, args.count, wanted);
  c.a = sort<R>(c.a, c.b, c.have);
}

template <class R>
void order_as(const SortArgs& args) {
  const int64_t per_piece = (args.rows + args.pieces - 1) / args.pieces;
  const bool few = args.count <= kSortFew;
  const int64_t cost =
      few ? args.size / 2 + 20 * args.count : args.size + 8 * sort_candidates(args);
  parallel_for(args.pieces, args.rows * cost, [&](int64_t piece) {
    Pack<R>* room = reinterpret_cast<Pack<R>*>(args.room + piece * sort_room(args));
    const int64_t end = smaller(args.rows, (piece + 1) * per_piece);
    for (int64_t r = piece * per_piece; r < end; ++r) {
      const Bits<R>* row = reinterpret_cast<const Bits<R>*>(args.in) + r * args.size;
      Candidates<R> c{room, room + sort_candidates(args), 0, 0};
      few ? first_few(args, row, c) : first_many(args, row, c);
      Bits<R>* values = reinterpret_cast<Bits<R>*>(args.values) + r * args.count;
      int64_t* indices = args.indices + r * args.count;
      for (int64_t i = 0; i < args.count; ++i) {
        indices[i] = int64_t(Bits<R>(c.a[i]));
        values[i] = row[indices[i]];
      }
    }
  });
}

void order(const SortArgs& args) {
  itemsize(args.dtype) == 4 ? order_as<int32_t>(args) : order_as<int64_t>(args);
}

}  // namespace

constinit const SortKernels sort_integer = {
    .order = order,
};

}  // namespace gm::GM_ISA
