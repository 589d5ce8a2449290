#include "core/error.h"

#include <cstdio>

#include "core/shape.h"
#include "core/table.h"

namespace gm {

void put(std::string& out, std::string_view text) { out += text; }
void put(std::string& out, long long value) { out += std::to_string(value); }
void put(std::string& out, bool value) { out += value ? "True" : "False"; }
void put(std::string& out, DType dtype) { out += name(dtype); }

void put(std::string& out, double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", value);
  out += digits;
}

void put(std::string& out, const Shape& shape) {
  out += '(';
  for (int i = 0; i < shape.rank(); ++i) {
    if (i) out += ", ";
    out += std::to_string(shape[i]);
  }
  out += shape.rank() == 1 ? ",)" : ")";
}

void no_kernel(const char* op, Device device) {
  if (device.type == DeviceType::Cuda && !op)
    fail(ErrorKind::Runtime, "no CUDA kernel for this operation; copy its operands with .cpu()");
  if (device.type == DeviceType::Cuda) fail(ErrorKind::Runtime, op, ": no CUDA kernel for ", op);
  fail(ErrorKind::Runtime, op, ": this build has no kernels that this CPU can run");
}

}  // namespace gm
