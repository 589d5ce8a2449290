#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef compare_methods[] = {
    {},
};

}  // namespace gm::bind
