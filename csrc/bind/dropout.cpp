#include "ops/random.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef dropout_methods[] = {
    def<ops::dropout, "dropout(input, p, seed, offset)">(),
    {},
};

}  // namespace gm::bind
