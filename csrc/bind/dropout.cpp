#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef dropout_methods[] = {
    {},
};

}  // namespace gm::bind
