#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef rnn_methods[] = {
    {},
};

}  // namespace gm::bind
