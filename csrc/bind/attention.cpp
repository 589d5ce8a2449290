#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef attention_methods[] = {
    {},
};

}  // namespace gm::bind
