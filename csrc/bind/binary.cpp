#include "ops/binary.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef binary_methods[] = {
    def<ops::add, "add">(),
    def<ops::subtract, "subtract">(),
    def<ops::multiply, "multiply">(),
    def<ops::divide, "divide">(),
    def<ops::maximum, "maximum">(),
    def<ops::minimum, "minimum">(),
    {},
};

}  // namespace gm::bind
