#include "ops/embedding.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef embedding_methods[] = {
    def<ops::embedding, "embedding">(),
    def<ops::embedding_backward, "embedding_backward">(),
    def<ops::embedding_renorm, "embedding_renorm">(),
    def<ops::one_hot, "one_hot">(),
    {},
};

}  // namespace gm::bind
