#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef reduce_methods[] = {
    {},
};

}  // namespace gm::bind
