// The integer and bool half of the binary stem: compiled once, at the baseline ISA.
//
// Integers wrap. Division by zero gives 0 and the smallest integer by -1 gives itself, as NumPy has
// them: the processor would trap on both.
#include "isa/lines.h"
#include "kernels/binary.h"

namespace gm::GM_ISA {
namespace {

/// One operation on integers and one on bools as 0 and 1; ops refuses bool where it has none.
template <auto op, auto on_bool = op, Body body = Body::Short>
void run(const Loops& loops, DType compute) {
  const auto each = op;  // the templates' own objects would be weak symbols
  switch (compute) {
    case DType::Bool: {
      const auto truth = on_bool;
      return map<uint8_t, body>(loops, compute, OnTruth{truth}, 100);
    }
    case DType::UInt8:
      return map<uint8_t, body>(loops, compute, each, 100);
    case DType::UInt16:
      return map<uint16_t, body>(loops, compute, each, 150);
    case DType::UInt32:
      return map<uint32_t, body>(loops, compute, each, 250);
    case DType::UInt64:
      return map<uint64_t, body>(loops, compute, each, 500);
    case DType::Int8:
      return map<int8_t, body>(loops, compute, each, 100);
    case DType::Int16:
      return map<int16_t, body>(loops, compute, each, 150);
    case DType::Int32:
      return map<int32_t, body>(loops, compute, each, 250);
    default:
      return map<int64_t, body>(loops, compute, each, 500);
  }
}

template <auto op>
constexpr auto run_long = run<op, op, Body::Long>;

/// Lane by lane, for what has no vector instructions anyway.
template <class T, class Op>
GM_INLINE Vec<T> each_lane(Vec<T> a, Vec<T> b, Op op) {
  Vec<T> out;
#pragma GCC unroll 1
  for (int i = 0; i < Vec<T>::N; ++i) out.v[i] = op(a.v[i], b.v[i]);
  return out;
}

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

}  // namespace
}  // namespace gm::GM_ISA

namespace gm {

using namespace GM_ISA;

constinit const BinaryKernels binary_integer = {
    .add = run<[](auto a, auto b) { return a + b; }, [](auto a, auto b) { return a | b; }>,
    .subtract = run<[](auto a, auto b) { return a - b; }>,
    .multiply = run<[](auto a, auto b) { return a * b; }, [](auto a, auto b) { return a & b; }>,
    .floor_divide = run<[](auto a, auto b) {
      return each_lane(a, b, [](auto x, auto y) { return floor_quotient(x, y); });
    }>,
    .remainder = run<[](auto a, auto b) {
      return each_lane(a, b, [](auto x, auto y) { return floored_remainder(x, y); });
    }>,
    .fmod = run_long<[](auto a, auto b) {
      return each_lane(a, b, [](auto x, auto y) { return truncated_remainder(x, y); });
    }>,
    .power = run_long<[](auto a, auto b) {
      return each_lane(a, b, [](auto x, auto y) { return power(x, y); });
    }>,
    .maximum = run<[](auto a, auto b) { return max(a, b); }>,
    .minimum = run<[](auto a, auto b) { return min(a, b); }>,
    .bitwise_and = run<[](auto a, auto b) { return a & b; }>,
    .bitwise_or = run<[](auto a, auto b) { return a | b; }>,
    .bitwise_xor = run<[](auto a, auto b) { return a ^ b; }>,
    .left_shift = run_long<[](auto a, auto b) {
      return each_lane(a, b, [](auto x, auto y) { return left_shifted(x, y); });
    }>,
    .right_shift = run_long<[](auto a, auto b) {
      return each_lane(a, b, [](auto x, auto y) { return right_shifted(x, y); });
    }>,
};

}  // namespace gm
