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
    def<ops::empty, "empty">(),
    def<ops::zeros, "zeros">(),
    def<ops::full, "full">(),
    def<ops::arange, "arange">(),
    def<fill, "fill">(),
    def<ops::diagonal, "diagonal">(),
    def<ops::triangle, "triangle">(),
    {},
};

}  // namespace gm::bind
