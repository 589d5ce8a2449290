/* What a Tensor holds, laid out for C++ and for Cython alike (python/gemmule/tensor.pxd). */
#pragma once

#include <Python.h>

typedef struct {
  PyObject_HEAD PyObject* array; /* _C.Array: the data */
  PyObject* node;                /* autograd.Node that made it, or None */
  PyObject* grad;                /* Tensor or None */
  PyObject* hooks;               /* of a leaf, a list or None; a Node keeps those of its outputs */
  PyObject* weak;
  long long view; /* version of the storage when this view was taken, or -1 */
  int index;      /* which output of node */
  int tracked;    /* requires grad: as a leaf or through node */
} TensorObject;
