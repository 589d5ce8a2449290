#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef norm_methods[] = {
    {},
};

}  // namespace gm::bind
