#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef conv_methods[] = {
    {},
};

}  // namespace gm::bind
