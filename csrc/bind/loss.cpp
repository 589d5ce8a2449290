#include "ops/loss.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef loss_methods[] = {
    def<ops::cross_entropy,
        "cross_entropy(input, target, weight, ignore_index, label_smoothing, reduction)">(),
    def<ops::cross_entropy_backward, "cross_entropy_backward">(),
    def<ops::nll_loss, "nll_loss(input, target, weight, ignore_index, reduction)">(),
    def<ops::nll_loss_backward, "nll_loss_backward">(),
    def<ops::cross_entropy_probability,
        "cross_entropy_probability(input, target, weight, label_smoothing, reduction)">(),
    def<ops::cross_entropy_probability_backward, "cross_entropy_probability_backward">(),
    def<ops::pair_loss, "pair_loss(op, input, target, weight, parameter, reduction)">(),
    def<ops::pair_loss_backward, "pair_loss_backward">(),
    {},
};

}  // namespace gm::bind
