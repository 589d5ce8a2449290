#include <pybind11/pybind11.h>

#include "bind/array_object.h"
#include "bind/stems.h"

namespace py = pybind11;

PYBIND11_MODULE(_C, m) {
  using namespace gm::bind;
  m.doc() = "gemmule's kernels and their Array, without gradients: the floor below gemmule.ops.";
  if (!add_array_type(m.ptr())) throw py::error_already_set();
  for (PyMethodDef* methods : {
           core_methods,
           create_methods,
           cast_methods,
           unary_methods,
           binary_methods,
           compare_methods,
           activation_methods,
           reduce_methods,
           scan_methods,
           sort_methods,
           index_methods,
           shape_methods,
           matmul_methods,
           conv_methods,
           pool_methods,
           softmax_methods,
           attention_methods,
           rnn_methods,
           norm_methods,
           embedding_methods,
           dropout_methods,
           loss_methods,
           random_methods,
           optim_methods,
       }) {
    if (PyModule_AddFunctions(m.ptr(), methods) < 0) throw py::error_already_set();
  }
}
