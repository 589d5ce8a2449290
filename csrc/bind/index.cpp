#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef index_methods[] = {
    {},
};

}  // namespace gm::bind
