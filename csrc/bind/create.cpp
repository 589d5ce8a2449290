#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef create_methods[] = {
    {},
};

}  // namespace gm::bind
