#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef sort_methods[] = {
    {},
};

}  // namespace gm::bind
