#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef scan_methods[] = {
    {},
};

}  // namespace gm::bind
