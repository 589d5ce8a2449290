#include "ops/create.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

void fill(const Array& target, const Operand& value, const char* op) {
  ops::fill(target, value, lasting(op));
}

}  // namespace

PyMethodDef create_methods[] = {
    def<ops::empty, "empty(shape, dtype, device)">(),
    def<ops::zeros, "zeros(shape, dtype, device)">(),
    def<ops::full, "full(shape, fill_value, dtype, device)">(),
    def<ops::arange, "arange(start, step, stop, dtype, device)">(),
    def<fill, "fill(input, value, op)">(),
    def<ops::diagonal, "diagonal(input, offset, dim1, dim2)">(),
    def<ops::triangle, "triangle(input, diagonal, upper)">(),
    {},
};

}  // namespace gm::bind
