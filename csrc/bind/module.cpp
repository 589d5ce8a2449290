#include <pybind11/pybind11.h>

#include "bind/array_object.h"
#include "bind/record.h"
#include "bind/shortcut.h"
#include "bind/stems.h"
#include "bind/tensor.h"
#include "core/parallel.h"

namespace py = pybind11;
using namespace gm::bind;

namespace {

void add(py::module_& m, PyMethodDef* methods) {
  if (PyModule_AddFunctions(m.ptr(), methods) < 0) throw py::error_already_set();
}

}  // namespace

PYBIND11_MODULE(_C, m) {
  m.doc() = "gemmule's kernels and their Array, without gradients: the floor below gemmule.ops.";
  if (!add_array_type(m.ptr()) || !add_tensor_type(m.ptr())) throw py::error_already_set();
  add(m, core_methods);
  add(m, tensor_methods);
  add(m, shortcut_methods);
  add(m, device_methods);
  add(m, record_methods);
  add(m, function_methods);
  add(m, dlpack_methods);
  add(m, create_methods);
  add(m, cast_methods);
  add(m, unary_methods);
  add(m, binary_methods);
  add(m, compare_methods);
  add(m, activation_methods);
  add(m, reduce_methods);
  add(m, scan_methods);
  add(m, sort_methods);
  add(m, index_methods);
  add(m, shape_methods);
  add(m, matmul_methods);
  add(m, conv_methods);
  add(m, pool_methods);
  add(m, softmax_methods);
  add(m, attention_methods);
  add(m, rnn_methods);
  add(m, norm_methods);
  add(m, embedding_methods);
  add(m, dropout_methods);
  add(m, loss_methods);
  add(m, random_methods);
  add(m, optim_methods);
  add(m, probe_methods);
  // Before anybody limits threads: threadpoolctl looks for a runtime that is loaded, and a thread's
  // first question sets that runtime's number.
  gm::num_threads();
}
