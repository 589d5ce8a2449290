// The integer and bool half of the binary stem: compiled once, at the baseline ISA.
//
// Integers wrap. Division by zero gives 0 and the smallest integer by -1 gives itself, as NumPy has
// them: the processor would trap on both.
#include "kernels/binary.h"
#include "kernels/formula.h"
#include "kernels/integers.h"

namespace gm::GM_ISA {
namespace {

template <class T>
inline constexpr bool is_signed_lane = T(-1) < T(0);

/// Whether a / b would trap.
template <class T>
GM_INLINE bool traps(T a, T b) {
  if constexpr (is_signed_lane<T> && sizeof(T) >= 4) {
    constexpr T lowest = T(T(1) << (8 * sizeof(T) - 2)) * T(-2);
    if (b == T(-1) && a == lowest) return true;
  }
  (void)a;
  return b == T(0);
}

template <class T>
GM_INLINE T floor_quotient(T a, T b) {
  if (traps(a, b)) return b == T(0) ? T(0) : a;
  const T q = T(a / b);
  if constexpr (is_signed_lane<T>)
    return T(q - (T(a % b) != T(0) && (a < T(0)) != (b < T(0))));
  else
    return q;
}
template <class T>
GM_INLINE T truncated_remainder(T a, T b) {
  return traps(a, b) ? T(0) : T(a % b);
}
template <class T>
GM_INLINE T floored_remainder(T a, T b) {
  const T r = truncated_remainder(a, b);
  if constexpr (is_signed_lane<T>)
    return r != T(0) && (r < T(0)) != (b < T(0)) ? T(r + b) : r;
  else
    return r;
}

/// By squaring. A negative power is 0 but of 1 and -1.
template <class T>
GM_INLINE T power(T a, T n) {
  if constexpr (is_signed_lane<T>) {
    if (n < T(0)) return a == T(1) ? T(1) : a == T(-1) ? (n & T(1) ? T(-1) : T(1)) : T(0);
  }
  uint64_t base = static_cast<uint64_t>(a), result = 1;
  for (auto left = static_cast<uint64_t>(n); left; left >>= 1) {
    if (left & 1) result *= base;
    base *= base;
  }
  return static_cast<T>(result);
}

// Shifting by the width or more, or by a negative number, gives what shifting on and on would.
template <class T>
GM_INLINE T left_shifted(T a, T n) {
  const bool inside = n >= T(0) && n < T(8 * sizeof(T));
  return inside ? static_cast<T>(static_cast<uint64_t>(a) << n) : T(0);
}
template <class T>
GM_INLINE T right_shifted(T a, T n) {
  const bool inside = n >= T(0) && n < T(8 * sizeof(T));
  return inside ? static_cast<T>(a >> n) : a < T(0) ? T(-1) : T(0);
}

/// Lane by lane, for what has no vector instructions anyway.
#define GM_OF_TWO_LANES(Name, function)                                \
  struct Name {                                                        \
    template <class T>                                                 \
    GM_INLINE Vec<T> operator()(Vec<T> a, Vec<T> b) const {            \
      return each_lane(a, b, [](T x, T y) { return function(x, y); }); \
    }                                                                  \
  };
GM_OF_TWO_LANES(FloorDivide, floor_quotient)
GM_OF_TWO_LANES(Remainder, floored_remainder)
GM_OF_TWO_LANES(Fmod, truncated_remainder)
GM_OF_TWO_LANES(Power, power)
GM_OF_TWO_LANES(LeftShift, left_shifted)
GM_OF_TWO_LANES(RightShift, right_shifted)

// clang-format off
GM_OF_TWO(Add, a, b, a + b)
GM_OF_TWO(Subtract, a, b, a - b)
GM_OF_TWO(Multiply, a, b, a * b)
GM_OF_TWO(Maximum, a, b, max(a, b))
GM_OF_TWO(Minimum, a, b, min(a, b))
GM_OF_TWO(And, a, b, a & b)
GM_OF_TWO(Or, a, b, a | b)
GM_OF_TWO(Xor, a, b, a ^ b)
// clang-format on

template <class Op, class OnBool = Op>
void run(const Loops& loops, DType compute) {
  map_integer<Op, OnBool>(loops, compute);
}
template <class Op>
void run_long(const Loops& loops, DType compute) {
  map_integer<Op, Op, Body::Long>(loops, compute);
}

}  // namespace

constinit const BinaryKernels binary_integer = {
    .add = run<Add, Or>,
    .subtract = run<Subtract>,
    .multiply = run<Multiply, And>,
    .floor_divide = run<FloorDivide>,
    .remainder = run<Remainder>,
    .fmod = run_long<Fmod>,
    .power = run_long<Power>,
    .maximum = run<Maximum>,
    .minimum = run<Minimum>,
    .bitwise_and = run<And>,
    .bitwise_or = run<Or>,
    .bitwise_xor = run<Xor>,
    .left_shift = run_long<LeftShift>,
    .right_shift = run_long<RightShift>,
};

}  // namespace gm::GM_ISA
