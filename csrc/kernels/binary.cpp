#include "kernels/binary.h"

#include "isa/lines.h"
#include "isa/math.h"

namespace gm::GM_ISA {
namespace {

/// log(e^a + e^b).
template <class T>
GM_INLINE Vec<T> logaddexp(Vec<T> a, Vec<T> b) {
  const Vec<T> top = maximum(a, b), gap = abs(a - b);
  // Equal infinities have no difference.
  return select(a == b, a + Vec<T>(T(0x1.62e42fefa39efp-1)), top + log1p(exp(-gap)));
}

template <class T>
GM_INLINE Vec<T> power_base(Vec<T> g, Vec<T> a, Vec<T> b) {
  const Vec<T> zero(T(0));
  return select(b == zero, zero, g * b * pow(a, b - Vec<T>(T(1))));
}
template <class T>
GM_INLINE Vec<T> power_exponent(Vec<T> g, Vec<T> y, Vec<T> a, Vec<T> b) {
  const Vec<T> zero(T(0));
  return select((a == zero) & (b >= zero), zero, g * y * log(a));
}

// ---- the loops
// -----------------------------------------------------------------------------------

template <auto op, int64_t picoseconds>
void run(const Loops& loops, DType compute) {
  const auto local = op;  // the template's own object would be a weak symbol
  map_float(loops, compute, local, picoseconds);
}

/// Picoseconds of one element where memory is the limit.
constexpr int64_t kPlain = 250;

struct AddScaled {
  double value;
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return fma(V(typename V::Lane(value)), b, a);
  }
};
struct AddProduct {
  double value;
  template <class V>
  GM_INLINE V operator()(V a, V b, V c) const {
    return fma(V(typename V::Lane(value)) * b, c, a);
  }
};
struct AddQuotient {
  double value;
  template <class V>
  GM_INLINE V operator()(V a, V b, V c) const {
    return fma(V(typename V::Lane(value)), b / c, a);
  }
};
template <class Op>
void run_scaled(const Loops& loops, DType compute, double value) {
  map_float(loops, compute, Op{value}, kPlain);
}

}  // namespace

constinit const BinaryKernels binary = {
    .add = run<[](auto a, auto b) { return a + b; }, kPlain>,
    .subtract = run<[](auto a, auto b) { return a - b; }, kPlain>,
    .multiply = run<[](auto a, auto b) { return a * b; }, kPlain>,
    .divide = run<[](auto a, auto b) { return a / b; }, kPlain>,
    .floor_divide = run<[](auto a, auto b) { return floor_divide(a, b); }, 2000>,
    .remainder = run<[](auto a, auto b) { return remainder(a, b); }, 1500>,
    .fmod = run<[](auto a, auto b) { return fmod(a, b); }, 1500>,
    .power = run<[](auto a, auto b) { return pow(a, b); }, 4000>,
    .maximum = run<[](auto a, auto b) { return maximum(a, b); }, kPlain>,
    .minimum = run<[](auto a, auto b) { return minimum(a, b); }, kPlain>,
    .atan2 = run<[](auto a, auto b) { return atan2(a, b); }, 1500>,
    .hypot = run<[](auto a, auto b) { return hypot(a, b); }, 1000>,
    .copysign = run<[](auto a, auto b) { return copysign(a, b); }, kPlain>,
    .logaddexp = run<[](auto a, auto b) { return logaddexp(a, b); }, 2500>,
    .add_scaled = run_scaled<AddScaled>,
    .addcmul = run_scaled<AddProduct>,
    .addcdiv = run_scaled<AddQuotient>,
    .lerp = run<[](auto a, auto b, auto w) { return fma(w, b - a, a); }, kPlain>,
    .larger_takes = run<[](auto g, auto a, auto b) {
      using V = decltype(g);
      using T = typename V::Lane;
      return select(a < b, V(T(0)), select(a == b, g * V(T(0.5)), g));
    },
                        kPlain>,
    .power_base = run<[](auto g, auto a, auto b) { return power_base(g, a, b); }, 4000>,
    .power_exponent =
        run<[](auto g, auto y, auto a, auto b) { return power_exponent(g, y, a, b); }, 2000>,
};

}  // namespace gm::GM_ISA
