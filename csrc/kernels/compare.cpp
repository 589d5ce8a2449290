#include "kernels/compare.h"

#include "isa/lines.h"
#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

/// Picoseconds of one element: memory is the limit.
constexpr int64_t kPlain = 200;

template <auto op>
void run(const Loops& loops, DType compute) {
  const auto local = op;  // the template's own object would be a weak symbol
  map_float(loops, compute, local, kPlain);
}

template <class V>
GM_INLINE auto truth(V a) {
  return a != V(typename V::Lane(0));
}

struct Close {
  double relative, absolute;
  bool equal_nan;
  /// Infinities are close to themselves alone.
  template <class V>
  GM_INLINE auto operator()(V a, V b) const {
    using T = typename V::Lane;
    const V bound = fma(V(T(relative)), abs(b), V(T(absolute)));
    auto close = (a == b) | ((abs(a - b) <= bound) & (abs(b) <= V(Ieee<T>::kLargest)));
    if (equal_nan) close = close | ((a != a) & (b != b));
    return close;
  }
};
void isclose(const Loops& loops, DType compute, const Closeness& c) {
  map_float(loops, compute, Close{c.relative, c.absolute, c.equal_nan}, kPlain);
}

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
                       .picoseconds = kPlain,
                   });
}

}  // namespace

constinit const CompareKernels compare = {
    .equal = run<[](auto a, auto b) { return a == b; }>,
    .not_equal = run<[](auto a, auto b) { return a != b; }>,
    .less = run<[](auto a, auto b) { return a < b; }>,
    .less_equal = run<[](auto a, auto b) { return a <= b; }>,
    .logical_and = run<[](auto a, auto b) { return truth(a) & truth(b); }>,
    .logical_or = run<[](auto a, auto b) { return truth(a) | truth(b); }>,
    .logical_xor = run<[](auto a, auto b) { return truth(a) ^ truth(b); }>,
    .logical_not = run<[](auto a) { return ~truth(a); }>,
    .isnan = run<[](auto a) { return a != a; }>,
    .isinf = run<[](auto a) {
      using V = decltype(a);
      return abs(a) == V(Ieee<typename V::Lane>::kInfinity);
    }>,
    .isfinite = run<[](auto a) {
      using V = decltype(a);
      return abs(a) <= V(Ieee<typename V::Lane>::kLargest);
    }>,
    .signbit = run<[](auto a) {
      using T = typename decltype(a)::Lane;
      return Mask<T>{(bits<IntOf<T>>(a) < Vec<IntOf<T>>(IntOf<T>(0))).v};
    }>,
    .isclose = isclose,
    .clip = run<[](auto x, auto low, auto high) { return minimum(maximum(low, x), high); }>,
    .clip_backward =
        run<[](auto g, auto x, auto low, auto high) { return keep((x >= low) & (x <= high), g); }>,
    .where = where,
};

}  // namespace gm::GM_ISA
