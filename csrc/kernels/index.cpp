#include "kernels/index.h"

#include "isa/parallel.h"
#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- what is done to a run of elements
// -----------------------------------------------------------

/// indexed[i · b] and plain[i · a] for n elements, as `access` says.
template <class T, Access access>
GM_INLINE void run(T* plain, int64_t a, T* indexed, int64_t b, int64_t n) {
  if constexpr (access == Access::Gather) {
    if (a == 1 && b == 1) {
      __builtin_memcpy(plain, indexed, static_cast<size_t>(n) * sizeof(T));
    } else {
      for (int64_t i = 0; i < n; ++i) plain[i * a] = indexed[i * b];
    }
  } else if constexpr (access == Access::Scatter) {
    if (a == 1 && b == 1) {
      __builtin_memcpy(indexed, plain, static_cast<size_t>(n) * sizeof(T));
    } else {
      for (int64_t i = 0; i < n; ++i) indexed[i * b] = plain[i * a];
    }
  } else if (a == 1 && b == 1) {
    constexpr int N = Vec<T>::N;
    int64_t i = 0;
    for (; i + N <= n; i += N)
      (Vec<T>::load(indexed + i) + Vec<T>::load(plain + i)).store(indexed + i);
    if (i < n) {
      const int tail = static_cast<int>(n - i);
      (Vec<T>::load(indexed + i, tail) + Vec<T>::load(plain + i, tail)).store(indexed + i, tail);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) indexed[i * b] += plain[i * a];
  }
}

// ---- rows
// ----------------------------------------------------------------------------------------

/// Elements of a piece at least.
constexpr int64_t kPieceElements = 16 * 1024;

/// How the work is cut: outer positions × ranges of places × columns of the innermost dimension ×
/// parts of the destination.
struct Cut {
  int64_t outer, places, per_places, columns, per_columns, parts, span;
};

int64_t outer_size(const IndexedRows& r) {
  int64_t size = 1;
  for (int d = 0; d < r.outer_rank; ++d) size *= r.loops.shape[d];
  return size;
}

/// Two places may be the same, so that writing is cut by destination: by the dimensions outside, by
/// columns where rows are long, and by bands of places, of which every piece looks for its own.
Cut cut_rows(const IndexedRows& r, int64_t outer, int64_t lines, int64_t length) {
  Cut cut{outer, 1, r.count, 1, length, 1, 0};
  if (r.access == Access::Gather) {
    const int64_t row = lines * length > 0 ? lines * length : 1;
    cut.per_places = kPieceElements / row > 1 ? kPieceElements / row : 1;
    cut.places = (r.count + cut.per_places - 1) / cut.per_places;
    return cut;
  }
  if (length >= 512) {
    cut.per_columns = 256;
    cut.columns = (length + 255) / 256;
  } else if (lines * length >= 16 && r.count >= 1024 && outer < 16) {
    // The order of the sums at one place does not depend on the bands, so the threads may.
    const int64_t threads = num_threads();
    cut.parts = threads == 1 ? 1 : smaller(16, 4 * threads);
  }
  return cut;
}

template <class T, Access access>
void rows_as(const IndexedRows& r) {
  const Loops& loops = r.loops;
  const int inner = loops.rank - 1;
  const int64_t outer = outer_size(r);
  int64_t lines = 1;
  for (int d = r.outer_rank; d < inner; ++d) lines *= loops.shape[d];
  const bool has_line = inner >= r.outer_rank;
  const int64_t length = has_line ? loops.shape[inner] : 1;
  const int64_t a = has_line ? loops.strides[0][inner] : 1;
  const int64_t b = has_line ? loops.strides[1][inner] : 1;
  Cut cut = cut_rows(r, outer, lines, length);

  const auto place = [&](int64_t p) __attribute__((always_inline)) {
    const int64_t index = r.places[p];
    return (index + (index < 0 ? r.size : 0)) * r.scale;
  };
  int64_t low = 0;
  if (cut.parts > 1) {
    int64_t high = low = place(0);
    for (int64_t p = 1; p < r.count; ++p) {
      low = place(p) < low ? place(p) : low;
      high = place(p) > high ? place(p) : high;
    }
    cut.span = (high - low) / cut.parts + 1;
  }
  const auto visit = [&](int64_t unit) {
    const int64_t part = unit % cut.parts;
    int64_t rest = unit / cut.parts;
    const int64_t column = rest % cut.columns * cut.per_columns;
    rest /= cut.columns;
    const int64_t begin = rest % cut.places * cut.per_places;
    rest /= cut.places;
    const int64_t end = smaller(r.count, begin + cut.per_places);
    const int64_t n = smaller(cut.per_columns, length - column);
    T* plain = reinterpret_cast<T*>(loops.data[0]) + column * a;
    T* indexed = reinterpret_cast<T*>(loops.data[1]) + column * b;
    for (int d = r.outer_rank - 1; d >= 0; --d) {
      plain += rest % loops.shape[d] * loops.strides[0][d];
      indexed += rest % loops.shape[d] * loops.strides[1][d];
      rest /= loops.shape[d];
    }
    if (lines == 1 && n == 1 && cut.parts == 1) {
      for (int64_t p = begin; p < end; ++p)
        run<T, access>(plain + p * r.step, 1, indexed + place(p), 1, 1);
      return;
    }
    const int64_t from = low + part * cut.span, to = from + cut.span;
    for (int64_t p = begin; p < end; ++p) {
      const int64_t at = place(p);
      if (cut.parts > 1 && (at < from || at >= to)) continue;
      T* x = plain + p * r.step;
      T* y = indexed + at;
      for (int64_t line = 0; line < lines; ++line) {
        int64_t index = line, dx = 0, dy = 0;
        for (int d = inner - 1; d >= r.outer_rank; --d) {
          dx += index % loops.shape[d] * loops.strides[0][d];
          dy += index % loops.shape[d] * loops.strides[1][d];
          index /= loops.shape[d];
        }
        run<T, access>(x + dx, a, y + dy, b, n);
      }
    }
  };
  const int64_t units = cut.outer * cut.places * cut.columns * cut.parts;
  const int64_t elements = outer * r.count * lines * length;
  const int64_t unit_elements = units > 0 ? elements / units : 0;
  const int64_t per_piece =
      unit_elements < kPieceElements ? kPieceElements / (unit_elements + 1) + 1 : 1;
  parallel_for((units + per_piece - 1) / per_piece, elements + r.count * cut.parts / 2,
               [&](int64_t piece) {
                 const int64_t end = smaller(units, (piece + 1) * per_piece);
                 for (int64_t unit = piece * per_piece; unit < end; ++unit) visit(unit);
               });
}

// ---- along an axis
// -------------------------------------------------------------------------------

template <class T, Access access>
GM_INLINE void one(T& plain, T& indexed) {
  if constexpr (access == Access::Gather)
    plain = indexed;
  else if constexpr (access == Access::Scatter)
    indexed = plain;
  else
    indexed += plain;
}

constexpr int64_t kGathered = 256;  // indices at once, which stay in L1

/// n <= kGathered indices as places; false if one is out of range.
__attribute__((noinline)) bool find_places(const int64_t* index, int64_t n, int64_t size,
                                           int64_t* __restrict at) {
  uint64_t wrong = 0;
  for (int64_t k = 0; k < n; ++k) {
    at[k] = index[k] + (index[k] < 0 ? size : 0);
    const auto place = static_cast<uint64_t>(at[k]);
    wrong |= place | (static_cast<uint64_t>(size - 1) - place);
  }
  return !(wrong >> 63);
}

/// to[k] = from[index[k]] for n elements; false if an index is out of range.
template <class T>
bool gather_line(const T* __restrict from, int64_t size, const int64_t* index, T* __restrict to,
                 int64_t n) {
  int64_t at[kGathered];
  for (int64_t start = 0; start < n; start += kGathered) {
    const int64_t count = smaller(kGathered, n - start);
    if (!find_places(index + start, count, size, at)) return false;
    for (int64_t k = 0; k < count; ++k) to[start + k] = from[at[k]];
  }
  return true;
}

template <class T, Access access>
void along_as(const AlongAxis& args) {
  const Loops& loops = args.loops;
  const int inner = loops.rank - 1;
  // Every piece has all k of its elements: no two pieces write to one place.
  const int64_t row = loops.length < 256 ? loops.length : 256;
  const int64_t segments = (loops.length + row - 1) / row;
  const int64_t total = loops.lines * segments;
  const int64_t work = row * args.count > 0 ? row * args.count : 1;
  const int64_t per_piece = kPieceElements / work > 1 ? kPieceElements / work : 1;
  const int64_t steps[] = {args.plain_step, args.index_step};
  const bool k_inside =
      (steps[1] < 0 ? -steps[1] : steps[1]) <
      (loops.strides[1][inner] < 0 ? -loops.strides[1][inner] : loops.strides[1][inner]);
  parallel_for((total + per_piece - 1) / per_piece, loops.lines * loops.length * args.count * 2,
               [&](int64_t piece) {
                 const int64_t end = smaller(total, (piece + 1) * per_piece);
                 for (int64_t unit = piece * per_piece; unit < end; ++unit) {
                   const int64_t first = unit % segments * row;
                   const int64_t n = smaller(row, loops.length - first);
                   int64_t rest = unit / segments;
                   int64_t at[3];
                   for (int k = 0; k < 3; ++k) at[k] = first * loops.strides[k][inner];
                   for (int d = inner - 1; d >= 0; --d) {
                     for (int k = 0; k < 3; ++k)
                       at[k] += rest % loops.shape[d] * loops.strides[k][d];
                     rest /= loops.shape[d];
                   }
                   T* plain = reinterpret_cast<T*>(loops.data[0]) + at[0];
                   const int64_t* index = reinterpret_cast<const int64_t*>(loops.data[1]) + at[1];
                   T* indexed = reinterpret_cast<T*>(loops.data[2]) + at[2];
                   const int64_t p = loops.strides[0][inner], q = loops.strides[1][inner],
                                 s = loops.strides[2][inner];
                   if constexpr (access == Access::Gather) {
                     if (args.wrong) {
                       for (int64_t i = 0; i < n; ++i)
                         if (!gather_line(indexed + i * s, args.size, index + i * q, plain + i * p,
                                          args.count))
                           __atomic_store_n(args.wrong, 1, __ATOMIC_RELAXED);
                       continue;
                     }
                   }
                   const auto visit = [&](int64_t i, int64_t k) __attribute__((always_inline)) {
                     int64_t place = index[i * q + k * args.index_step];
                     place += place < 0 ? args.size : 0;
                     one<T, access>(plain[i * p + k * args.plain_step],
                                    indexed[i * s + place * args.indexed_step]);
                   };
                   if (k_inside) {
                     for (int64_t i = 0; i < n; ++i)
                       for (int64_t k = 0; k < args.count; ++k) visit(i, k);
                   } else {
                     // One pair of loops for both took a tenth longer to add.
                     for (int64_t k = 0; k < args.count; ++k)
                       for (int64_t i = 0; i < n; ++i) visit(i, k);
                   }
                 }
               });
}

// ---- by dtype
// ------------------------------------------------------------------------------------

template <class T>
struct Type {
  using type = T;
};

/// call(Type<T>) for lanes that hold the dtype; moving bytes needs their size alone.
template <class Call>
void by_size(DType dtype, const Call& call) {
  switch (itemsize(dtype)) {
    case 1:
      return call(Type<uint8_t>{});
    case 2:
      return call(Type<uint16_t>{});
    case 4:
      return call(Type<uint32_t>{});
    default:
      return call(Type<uint64_t>{});
  }
}
/// Sums of signed and unsigned integers have the same bits. ops keeps 16-bit floats away.
template <class Call>
void by_sum(DType dtype, const Call& call) {
  if (dtype == DType::Float32) return call(Type<float>{});
  if (dtype == DType::Float64) return call(Type<double>{});
  by_size(dtype, call);
}

void rows(const IndexedRows& r) {
  if (r.access == Access::Add)
    return by_sum(r.loops.dtype[0],
                  [&](auto t) { rows_as<typename decltype(t)::type, Access::Add>(r); });
  by_size(r.loops.dtype[0], [&](auto t) {
    using T = typename decltype(t)::type;
    if (r.access == Access::Gather)
      rows_as<T, Access::Gather>(r);
    else
      rows_as<T, Access::Scatter>(r);
  });
}

void along(const AlongAxis& args) {
  if (args.access == Access::Add)
    return by_sum(args.loops.dtype[0],
                  [&](auto t) { along_as<typename decltype(t)::type, Access::Add>(args); });
  by_size(args.loops.dtype[0], [&](auto t) {
    using T = typename decltype(t)::type;
    if (args.access == Access::Gather)
      along_as<T, Access::Gather>(args);
    else
      along_as<T, Access::Scatter>(args);
  });
}

// ---- indices
// -------------------------------------------------------------------------------------

Range range(const Loops& loops) {
  const int inner = loops.rank - 1;
  const int64_t stride = loops.strides[0][inner];
  const int64_t* first = reinterpret_cast<const int64_t*>(loops.data[0]);
  int64_t low = first[0], high = first[0];
  for (int64_t line = 0; line < loops.lines; ++line) {
    const int64_t* p = first;
    int64_t rest = line;
    for (int d = inner - 1; d >= 0; --d) {
      p += rest % loops.shape[d] * loops.strides[0][d];
      rest /= loops.shape[d];
    }
    if (stride == 1) {
      for (int64_t i = 0; i < loops.length; ++i) {
        low = p[i] < low ? p[i] : low;
        high = p[i] > high ? p[i] : high;
      }
    } else {
      for (int64_t i = 0; i < loops.length; ++i) {
        low = p[i * stride] < low ? p[i * stride] : low;
        high = p[i * stride] > high ? p[i * stride] : high;
      }
    }
  }
  return {low, high};
}

void places(const int64_t* index, int64_t n, int64_t size, int64_t stride, bool add,
            int64_t* places) {
  if (add) {
    for (int64_t i = 0; i < n; ++i) places[i] += (index[i] + (index[i] < 0 ? size : 0)) * stride;
  } else {
    for (int64_t i = 0; i < n; ++i) places[i] = (index[i] + (index[i] < 0 ? size : 0)) * stride;
  }
}

// ---- masks
// ---------------------------------------------------------------------------------------

template <class Work>
void for_mask_pieces(int64_t n, const Work& work) {
  parallel_for((n + kMaskPiece - 1) / kMaskPiece, n, [&](int64_t piece) {
    const int64_t begin = piece * kMaskPiece;
    work(piece, begin, smaller(n, begin + kMaskPiece));
  });
}

void count_true(const uint8_t* mask, int64_t n, int64_t* counts) {
  for_mask_pieces(n, [&](int64_t piece, int64_t begin, int64_t end) {
    int32_t count = 0;
    for (int64_t i = begin; i < end; ++i) count += mask[i] != 0;
    counts[piece] = count;
  });
}

/// Every element is stored at the end of what is kept, and counts if the mask is true: no branch,
/// so random masks cost no more than others. The last piece's spare store would be out of bounds,
/// so the loop ends at its last kept element.
template <class T, class Get>
GM_INLINE void keep_where(const uint8_t* mask, int64_t begin, int64_t end, T* to, const Get& get) {
  while (end > begin && !mask[end - 1]) --end;
  for (int64_t i = begin; i < end; ++i) {
    *to = get(i);
    to += mask[i] != 0;
  }
}

void compress(const uint8_t* mask, const char* from, int64_t n, int64_t bytes,
              const int64_t* starts, char* to) {
  for_mask_pieces(n, [&](int64_t piece, int64_t begin, int64_t end) {
    const auto as = [&](auto t) {
      using T = typename decltype(t)::type;
      const T* elements = reinterpret_cast<const T*>(from);
      keep_where(mask, begin, end, reinterpret_cast<T*>(to) + starts[piece],
                 [=](int64_t i) { return elements[i]; });
    };
    switch (bytes) {
      case 1:
        return as(Type<uint8_t>{});
      case 2:
        return as(Type<uint16_t>{});
      case 4:
        return as(Type<uint32_t>{});
      default:
        return as(Type<uint64_t>{});
    }
  });
}

void positions(const uint8_t* mask, int64_t n, const int64_t* starts, int64_t* to) {
  for_mask_pieces(n, [&](int64_t piece, int64_t begin, int64_t end) {
    keep_where(mask, begin, end, to + starts[piece], [](int64_t i) { return i; });
  });
}

}  // namespace

constinit const IndexKernels index = {
    .rows = rows,
    .along = along,
    .range = range,
    .places = places,
    .count_true = count_true,
    .compress = compress,
    .positions = positions,
};

}  // namespace gm::GM_ISA
