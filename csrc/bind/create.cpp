#include "ops/create.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef create_methods[] = {
    def<ops::empty, "empty">(),
    def<ops::zeros, "zeros">(),
    def<ops::full, "full">(),
    {},
};

}  // namespace gm::bind
