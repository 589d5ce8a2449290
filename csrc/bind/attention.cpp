#include "ops/attention.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef attention_methods[] = {
    def<ops::attention, "attention(query, key, value, is_causal, scale, enable_gqa, attn_mask)">(),
    def<ops::attention_check, "attention_check(query, key, value, enable_gqa, attn_mask)">(),
    def<ops::attention_backward, "attention_backward">(),
    {},
};

}  // namespace gm::bind
