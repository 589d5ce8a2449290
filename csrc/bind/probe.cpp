#include "ops/probe.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef probe_methods[] = {
    def<ops::probe_multiply_add, "probe_multiply_add">(),
    def<ops::probe_stream, "probe_stream">(),
    {},
};

}  // namespace gm::bind
