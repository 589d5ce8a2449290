#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef matmul_methods[] = {
    {},
};

}  // namespace gm::bind
