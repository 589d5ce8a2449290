#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef softmax_methods[] = {
    {},
};

}  // namespace gm::bind
