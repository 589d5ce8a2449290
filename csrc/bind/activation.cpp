#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef activation_methods[] = {
    {},
};

}  // namespace gm::bind
