#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef embedding_methods[] = {
    {},
};

}  // namespace gm::bind
