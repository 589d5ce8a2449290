#include "core/error.h"

#include <cstdio>

#include "core/shape.h"

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

}  // namespace gm
