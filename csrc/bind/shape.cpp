#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef shape_methods[] = {
    {},
};

}  // namespace gm::bind
