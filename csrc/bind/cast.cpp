#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef cast_methods[] = {
    {},
};

}  // namespace gm::bind
