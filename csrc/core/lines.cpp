#include "core/lines.h"

#include <bit>
#include <cstring>
#include <type_traits>

namespace gm {

float to_float(BFloat x) { return std::bit_cast<float>(uint32_t(x.bits) << 16); }

BFloat to_bfloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return {uint16_t((bits >> 16) | 0x40)};  // quiet NaN
  return {uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

float to_float(Half x) {
  const uint32_t sign = uint32_t(x.bits & 0x8000) << 16;
  const uint32_t rest = x.bits & 0x7fff;
  const uint32_t quiet = rest > 0x7c00 ? 0x400000 : 0;
  if (rest >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | quiet | (rest & 0x3ff) << 13);
  // Shifted into place the exponent is short by 127 - 15; the product also makes subnormals normal.
  const float scaled =
      std::bit_cast<float>(rest << 13) * std::bit_cast<float>(uint32_t(254 - 15) << 23);
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | sign);
}

Half to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  const uint32_t rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return {uint16_t(sign | 0x7e00 | (rest >> 13 & 0x3ff))};
  if (rest >= 0x477ff000) return {uint16_t(sign | 0x7c00)};  // 65520 and above round to infinity
  if (rest < 0x38800000) {
    // Subnormal: adding 0.5 aligns the last kept bit with float's last bit, and rounds.
    const float aligned = std::bit_cast<float>(rest) + 0.5f;
    return {uint16_t(sign | (std::bit_cast<uint32_t>(aligned) - 0x3f000000))};
  }
  const uint32_t rounded = rest + 0xfff + (rest >> 13 & 1);
  return {uint16_t(sign | (rounded - 0x38000000) >> 13)};
}

namespace {

template <class T>
inline constexpr bool is_small_float = std::is_same_v<T, Half> || std::is_same_v<T, BFloat>;

/// A bool as it may come from outside: any byte but 0 is true.
struct Truth {
  uint8_t byte;
};

template <class To, class From>
inline To cast(From x) {
  if constexpr (std::is_same_v<From, Truth>) {
    return cast<To>(int(x.byte != 0));
  } else if constexpr (is_small_float<From>) {
    return cast<To>(to_float(x));
  } else if constexpr (std::is_same_v<To, Half>) {
    return to_half(float(x));
  } else if constexpr (std::is_same_v<To, BFloat>) {
    return to_bfloat(float(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To> && sizeof(To) < 4) {
    return To(int32_t(x));  // wraps rather than saturates, as the vector instructions do
  } else if constexpr (std::is_floating_point_v<From> && std::is_same_v<To, uint32_t>) {
    return To(int64_t(x));
  } else {
    return To(x);
  }
}

template <class To, class From>
void convert(const LineSpec& line, int64_t n) {
  const auto* source = reinterpret_cast<const From*>(line.source);
  auto* target = reinterpret_cast<To*>(line.target);
  const int64_t s = line.source_stride, t = line.target_stride;
  if (s == 1 && t == 1) {
    if constexpr (std::is_same_v<To, From>)
      std::memcpy(target, source, size_t(n) * sizeof(To));
    else
      for (int64_t i = 0; i < n; ++i) target[i] = cast<To>(source[i]);
  } else if (s == 0) {
    const To value = cast<To>(*source);
    for (int64_t i = 0; i < n; ++i) target[i * t] = value;
  } else {
    for (int64_t i = 0; i < n; ++i) target[i * t] = cast<To>(source[i * s]);
  }
}

using ConvertFn = void (*)(const LineSpec&, int64_t);

/// One row: from every dtype to To, in the order of the enumerators.
template <class To>
constexpr ConvertFn kFrom[kDTypes] = {
    convert<To, Truth>,    convert<To, uint8_t>, convert<To, uint16_t>, convert<To, uint32_t>,
    convert<To, uint64_t>, convert<To, int8_t>,  convert<To, int16_t>,  convert<To, int32_t>,
    convert<To, int64_t>,  convert<To, Half>,    convert<To, BFloat>,   convert<To, float>,
    convert<To, double>,
};

constexpr const ConvertFn* kConvert[kDTypes] = {
    kFrom<bool>,   kFrom<uint8_t>, kFrom<uint16_t>, kFrom<uint32_t>, kFrom<uint64_t>,
    kFrom<int8_t>, kFrom<int16_t>, kFrom<int32_t>,  kFrom<int64_t>,  kFrom<Half>,
    kFrom<BFloat>, kFrom<float>,   kFrom<double>,
};

}  // namespace

void copy_line(const LineSpec& line, int64_t n) {
  kConvert[int(line.target_dtype)][int(line.source_dtype)](line, n);
}

}  // namespace gm
