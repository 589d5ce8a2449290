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
GM_INLINE Vec<T> larger_takes(Vec<T> g, Vec<T> a, Vec<T> b) {
  return select(a < b, Vec<T>(T(0)), select(a == b, g * T(0.5), g));
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

template <int64_t picoseconds, auto op>
void run(const Loops& loops, DType compute) {
  const auto local = op;  // the template's own object would be a weak symbol
  map_float < picoseconds<1000 ? Body::Short : Body::Long>(loops, compute, local, picoseconds);
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
    .add = run<kPlain, [](auto a, auto b) { return a + b; }>,
    .subtract = run<kPlain, [](auto a, auto b) { return a - b; }>,
    .multiply = run<kPlain, [](auto a, auto b) { return a * b; }>,
    .divide = run<kPlain, [](auto a, auto b) { return a / b; }>,
    .floor_divide = run<2000, [](auto a, auto b) { return floor_divide(a, b); }>,
    .remainder = run<1500, [](auto a, auto b) { return remainder(a, b); }>,
    .fmod = run<1500, [](auto a, auto b) { return fmod(a, b); }>,
    .power = run<4000, [](auto a, auto b) { return pow(a, b); }>,
    .maximum = run<kPlain, [](auto a, auto b) { return maximum(a, b); }>,
    .minimum = run<kPlain, [](auto a, auto b) { return minimum(a, b); }>,
    .atan2 = run<1500, [](auto a, auto b) { return atan2(a, b); }>,
    .hypot = run<1000, [](auto a, auto b) { return hypot(a, b); }>,
    .copysign = run<kPlain, [](auto a, auto b) { return copysign(a, b); }>,
    .logaddexp = run<2500, [](auto a, auto b) { return logaddexp(a, b); }>,
    .add_scaled = run_scaled<AddScaled>,
    .addcmul = run_scaled<AddProduct>,
    .addcdiv = run_scaled<AddQuotient>,
    .lerp = run<kPlain, [](auto a, auto b, auto w) { return w * (b - a) + a; }>,
    .larger_takes = run<kPlain, [](auto g, auto a, auto b) { return larger_takes(g, a, b); }>,
    .power_base = run<4000, [](auto g, auto a, auto b) { return power_base(g, a, b); }>,
    .power_exponent =
        run<2000, [](auto g, auto y, auto a, auto b) { return power_exponent(g, y, a, b); }>,
};

}  // namespace gm::GM_ISA
