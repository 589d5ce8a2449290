#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef random_methods[] = {
    {},
};

}  // namespace gm::bind
