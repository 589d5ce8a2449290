#include "ops/embedding.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef embedding_methods[] = {
    def<ops::embedding, "embedding(weight, input)">(),
    def<ops::embedding_backward, "embedding_backward">(),
    def<ops::embedding_renorm, "embedding_renorm(weight, input, max_norm, norm_type)">(),
    def<ops::one_hot, "one_hot(input, num_classes)">(),
    {},
};

}  // namespace gm::bind
