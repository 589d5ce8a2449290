// Each stem's table of METH_FASTCALL functions, ended by an empty row.
#pragma once

#include <Python.h>

namespace gm::bind {

extern PyMethodDef core_methods[];
extern PyMethodDef device_methods[];
extern PyMethodDef dlpack_methods[];
extern PyMethodDef create_methods[];
extern PyMethodDef cast_methods[];
extern PyMethodDef unary_methods[];
extern PyMethodDef binary_methods[];
extern PyMethodDef compare_methods[];
extern PyMethodDef activation_methods[];
extern PyMethodDef reduce_methods[];
extern PyMethodDef scan_methods[];
extern PyMethodDef sort_methods[];
extern PyMethodDef index_methods[];
extern PyMethodDef shape_methods[];
extern PyMethodDef matmul_methods[];
extern PyMethodDef conv_methods[];
extern PyMethodDef pool_methods[];
extern PyMethodDef softmax_methods[];
extern PyMethodDef attention_methods[];
extern PyMethodDef rnn_methods[];
extern PyMethodDef norm_methods[];
extern PyMethodDef embedding_methods[];
extern PyMethodDef function_methods[];
extern PyMethodDef dropout_methods[];
extern PyMethodDef loss_methods[];
extern PyMethodDef random_methods[];
extern PyMethodDef optim_methods[];
extern PyMethodDef probe_methods[];

}  // namespace gm::bind
