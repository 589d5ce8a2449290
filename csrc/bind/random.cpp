#include "ops/random.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef random_methods[] = {
    def<ops::uniform, "uniform(shape, dtype, seed, offset, low, high, device)">(),
    def<ops::normal, "normal(shape, dtype, seed, offset, mean, std, device)">(),
    def<ops::integers, "integers(shape, seed, offset, low, high, device)">(),
    {},
};

}  // namespace gm::bind
