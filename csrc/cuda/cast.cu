// Copies between any strides and conversions between dtypes.
//
// Every dtype is read as the widest of its kind (int64, uint64 or double) and stored from that:
// what C converts to directly comes out the same, but for float16 and bfloat16, which go through
// float.
#include "kernels/cast.h"

#include "cuda/stage.h"
#include "isa/lines.h"

namespace gm::cuda {
namespace {

GM_DEVICE float float_of(uint32_t bits) {
  union {
    uint32_t bits;
    float value;
  } both{bits};
  return both.value;
}
GM_DEVICE uint32_t bits_of(float value) {
  union {
    float value;
    uint32_t bits;
  } both{value};
  return both.bits;
}

// The formulas of core/lines.cpp.
GM_DEVICE float float_of_bfloat(uint16_t x) { return float_of(uint32_t(x) << 16); }
GM_DEVICE uint16_t bfloat_of_float(float value) {
  const uint32_t bits = bits_of(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return uint16_t((bits >> 16) | 0x40);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
GM_DEVICE float float_of_half(uint16_t x) {
  const uint32_t sign = uint32_t(x & 0x8000) << 16;
  const uint32_t rest = x & 0x7fff;
  const uint32_t quiet = rest > 0x7c00 ? 0x400000 : 0;
  if (rest >= 0x7c00) return float_of(sign | 0x7f800000 | quiet | (rest & 0x3ff) << 13);
  const float scaled = float_of(rest << 13) * float_of(uint32_t(254 - 15) << 23);
  return float_of(bits_of(scaled) | sign);
}
GM_DEVICE uint16_t half_of_float(float value) {
  const uint32_t bits = bits_of(value);
  const uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  const uint32_t rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return uint16_t(sign | 0x7e00 | (rest >> 13 & 0x3ff));
  if (rest >= 0x477ff000) return uint16_t(sign | 0x7c00);
  if (rest < 0x38800000) {
    const float aligned = float_of(rest) + 0.5f;
    return uint16_t(sign | (bits_of(aligned) - 0x3f000000));
  }
  const uint32_t rounded = rest + 0xfff + (rest >> 13 & 1);
  return uint16_t(sign | (rounded - 0x38000000) >> 13);
}

template <class T>
GM_DEVICE const T& element(const char* data, int64_t at) {
  return reinterpret_cast<const T*>(data)[at];
}

/// Element `at`, of a dtype of Wide's kind.
template <class Wide>
GM_DEVICE Wide read(const char* data, DType dtype, int64_t at) {
  switch (dtype) {
    case DType::Bool:
      return Wide(element<uint8_t>(data, at) != 0);
    case DType::UInt8:
      return Wide(element<uint8_t>(data, at));
    case DType::UInt16:
      return Wide(element<uint16_t>(data, at));
    case DType::UInt32:
      return Wide(element<uint32_t>(data, at));
    case DType::UInt64:
      return Wide(element<uint64_t>(data, at));
    case DType::Int8:
      return Wide(element<int8_t>(data, at));
    case DType::Int16:
      return Wide(element<int16_t>(data, at));
    case DType::Int32:
      return Wide(element<int32_t>(data, at));
    case DType::Int64:
      return Wide(element<int64_t>(data, at));
    case DType::Float16:
      return Wide(float_of_half(element<uint16_t>(data, at)));
    case DType::BFloat16:
      return Wide(float_of_bfloat(element<uint16_t>(data, at)));
    case DType::Float32:
      return Wide(element<float>(data, at));
    case DType::Float64:
      return Wide(element<double>(data, at));
  }
  return Wide(0);
}

template <class T, class Wide>
GM_DEVICE void put(char* data, int64_t at, Wide value) {
  T result;
  if constexpr (is_float_lane<Wide> && !is_float_lane<T> && sizeof(T) < 8)
    result = T(int64_t(value));  // wraps rather than saturates, as on the CPU
  else
    result = T(value);
  reinterpret_cast<T*>(data)[at] = result;
}
template <class Wide>
GM_DEVICE void write(char* data, DType dtype, int64_t at, Wide value) {
  switch (dtype) {
    case DType::Bool:
      reinterpret_cast<uint8_t*>(data)[at] = value != Wide(0);
      return;
    case DType::UInt8:
      return put<uint8_t>(data, at, value);
    case DType::UInt16:
      return put<uint16_t>(data, at, value);
    case DType::UInt32:
      return put<uint32_t>(data, at, value);
    case DType::UInt64:
      return put<uint64_t>(data, at, value);
    case DType::Int8:
      return put<int8_t>(data, at, value);
    case DType::Int16:
      return put<int16_t>(data, at, value);
    case DType::Int32:
      return put<int32_t>(data, at, value);
    case DType::Int64:
      return put<int64_t>(data, at, value);
    case DType::Float16:
      reinterpret_cast<uint16_t*>(data)[at] = half_of_float(float(value));
      return;
    case DType::BFloat16:
      reinterpret_cast<uint16_t*>(data)[at] = bfloat_of_float(float(value));
      return;
    case DType::Float32:
      return put<float>(data, at, value);
    case DType::Float64:
      return put<double>(data, at, value);
  }
}

struct Ends {
  char* target;
  const char* source;
  DType target_dtype, source_dtype;
  Places places;
  int64_t n;
};

template <class Wide>
__global__ void convert_all(Ends e) {
  for (int64_t i = first_piece(); i < e.n; i += piece_step()) {
    int64_t at[2];
    e.places.find(i, 2, at);
    write<Wide>(e.target, e.target_dtype, at[0], read<Wide>(e.source, e.source_dtype, at[1]));
  }
}

template <class T>
__global__ void move_all(Ends e) {
  for (int64_t i = first_piece(); i < e.n; i += piece_step()) {
    int64_t at[2];
    e.places.find(i, 2, at);
    reinterpret_cast<T*>(e.target)[at[0]] = element<T>(e.source, at[1]);
  }
}

Ends ends(const Loops& loops) {
  return {loops.data[0],  loops.data[1],    loops.dtype[0],
          loops.dtype[1], places_of(loops), elements(loops)};
}

void copy(const Loops& loops) {
  const Ends e = ends(loops);
  if (e.n == 0) return;
  const size_t bytes = itemsize(e.target_dtype);
  if (is_dense(loops, 0) && is_dense(loops, 1))
    return check(
        cudaMemcpyAsync(e.target, e.source, size_t(e.n) * bytes, cudaMemcpyDefault, stream()));
  auto* kernel = bytes == 1   ? move_all<uint8_t>
                 : bytes == 2 ? move_all<uint16_t>
                 : bytes == 4 ? move_all<uint32_t>
                              : move_all<uint64_t>;
  start(kernel, blocks_for(e.n), kThreads, e);
}

}  // namespace

void convert(const Loops& loops) {
  const Ends e = ends(loops);
  if (e.n == 0) return;
  auto* kernel = is_float(e.source_dtype)          ? convert_all<double>
                 : e.source_dtype == DType::UInt64 ? convert_all<uint64_t>
                                                   : convert_all<int64_t>;
  start(kernel, blocks_for(e.n), kThreads, e);
}

constinit const CastKernels cast = {.copy = copy, .convert = convert};

}  // namespace gm::cuda
