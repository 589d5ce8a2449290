#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef optim_methods[] = {
    {},
};

}  // namespace gm::bind
