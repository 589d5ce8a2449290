#include "ops/random.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef random_methods[] = {
    def<ops::uniform, "uniform">(),
    def<ops::normal, "normal">(),
    def<ops::integers, "integers">(),
    {},
};

}  // namespace gm::bind
