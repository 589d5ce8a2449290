#include "core/dtype.h"

#include <algorithm>

namespace gm {

namespace {

struct Info {
  const char* name;
  uint8_t bytes;
  char kind;  // b, u, i, f as NumPy's
};

// In the order of the enumerators.
constexpr Info kInfo[kDTypes] = {
    {"bool", 1, 'b'},    {"uint8", 1, 'u'},   {"uint16", 2, 'u'},   {"uint32", 4, 'u'},
    {"uint64", 8, 'u'},  {"int8", 1, 'i'},    {"int16", 2, 'i'},    {"int32", 4, 'i'},
    {"int64", 8, 'i'},   {"float16", 2, 'f'}, {"bfloat16", 2, 'f'}, {"float32", 4, 'f'},
    {"float64", 8, 'f'},
};

const Info& info(DType dtype) { return kInfo[int(dtype)]; }

}  // namespace

size_t itemsize(DType dtype) { return info(dtype).bytes; }
const char* name(DType dtype) { return info(dtype).name; }
bool is_float(DType dtype) { return info(dtype).kind == 'f'; }
bool is_integer(DType dtype) { return info(dtype).kind == 'u' || info(dtype).kind == 'i'; }
bool is_signed(DType dtype) { return info(dtype).kind == 'i' || info(dtype).kind == 'f'; }

DType promote(DType a, DType b) {
  if (a == b) return a;
  const Info x = info(a), y = info(b);
  if (x.kind == 'b') return b;
  if (y.kind == 'b') return a;
  if (x.kind == 'f' && y.kind == 'f') {
    if (x.bytes == y.bytes) return DType::Float32;  // float16 with bfloat16
    return x.bytes > y.bytes ? a : b;
  }
  if (x.kind == 'f') return a;
  if (y.kind == 'f') return b;
  if (x.kind == y.kind) return x.bytes > y.bytes ? a : b;
  // Signed with unsigned: the smallest signed type that holds both.
  const Info u = x.kind == 'u' ? x : y, s = x.kind == 'u' ? y : x;
  const int bytes = std::max<int>(s.bytes, 2 * u.bytes);
  switch (bytes) {
    case 2:
      return DType::Int16;
    case 4:
      return DType::Int32;
    case 8:
      return DType::Int64;
    default:
      return DType::Float64;  // no signed type holds uint64
  }
}

}  // namespace gm
