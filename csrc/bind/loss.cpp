#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef loss_methods[] = {
    {},
};

}  // namespace gm::bind
