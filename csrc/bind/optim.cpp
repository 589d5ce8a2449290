#include "ops/optim.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

using ops::Arrays;

// The rules' parameters come one by one; lr is read from its cell.
void sgd(const Arrays& params, const Arrays& grads, const Arrays& buffers, const Array& lr,
         double momentum, double dampening, double weight_decay, bool nesterov, bool maximize,
         bool first) {
  ops::sgd(params, grads, buffers, lr,
           {0, momentum, dampening, weight_decay, nesterov, maximize, first});
}
void adam(const Arrays& params, const Arrays& grads, const Arrays& means, const Arrays& squares,
          const Arrays& maximums, const Arrays& steps, const Array& lr, double beta1, double beta2,
          double eps, double weight_decay, bool decoupled, bool amsgrad, bool maximize) {
  ops::adam(params, grads, means, squares, maximums, steps, lr,
            {0, beta1, beta2, eps, weight_decay, decoupled, amsgrad, maximize});
}
void rmsprop(const Arrays& params, const Arrays& grads, const Arrays& squares,
             const Arrays& buffers, const Arrays& means, const Arrays& steps, const Array& lr,
             double alpha, double eps, double weight_decay, double momentum, bool centered,
             bool maximize) {
  ops::rmsprop(params, grads, squares, buffers, means, steps, lr,
               {0, alpha, eps, weight_decay, momentum, centered, maximize});
}

}  // namespace

PyMethodDef optim_methods[] = {
    def<sgd, "sgd">(),
    def<adam, "adam">(),
    def<rmsprop, "rmsprop">(),
    def<ops::total_norm, "total_norm(parameters, norm_type)">(),
    def<ops::clip_to_norm, "clip_to_norm(parameters, total_norm, max_norm)">(),
    def<ops::clip_to_range, "clip_to_range(parameters, min, max)">(),
    {},
};

}  // namespace gm::bind
