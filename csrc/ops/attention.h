// Scaled dot-product attention.
#pragma once

#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// softmax(scale·q·kᵀ + mask)·v and what the gradient needs, (…, 2, L): per query the highest
/// score and the reciprocal of the softmax's denominator (see AttentionArgs::rows).
///
/// q (…, L, E), k (…, S, E), v (…, S, Ev), one of float32 and float64; leading axes broadcast. With
/// gqa the third axis from the end counts heads, and k and v may have fewer, by a factor. mask,
/// broadcast to (…, L, S): bool (true takes part) or the operands' dtype (added). A query none of
/// whose keys takes part gives 0.
std::tuple<Array, Array> attention(const Array& q, const Array& k, const Array& v, bool causal,
                                   double scale, bool gqa, const Array* mask);

/// The checks alone.
void attention_check(const Array& q, const Array& k, const Array& v, bool gqa, const Array* mask);

/// Gradients of q, k, v, with the leading axes broadcast: the heads of k and v stay theirs.
std::tuple<Array, Array, Array> attention_backward(const Array& g, const Array& q, const Array& k,
                                                   const Array& v, const Array& out,
                                                   const Array& lse, bool causal, double scale,
                                                   bool gqa, const Array* mask);

}  // namespace gm::ops
