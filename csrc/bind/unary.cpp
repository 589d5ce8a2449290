#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef unary_methods[] = {
    {},
};

}  // namespace gm::bind
