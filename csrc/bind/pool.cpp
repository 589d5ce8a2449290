#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef pool_methods[] = {
    {},
};

}  // namespace gm::bind
