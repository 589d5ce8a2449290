// _C.TensorBase: the fields of gemmule.Tensor, which is a subclass without fields of its own.
//
// Here rather than in Cython, which keeps no free lists for heap types: a Tensor that was let go is
// the next to be made, as an Array is. And C++ can go from a slot of Python's straight to an
// operation (shortcut.cpp).
#include "bind/tensor.h"

#include <structmember.h>

#include <cstddef>

namespace gm::bind {

PyTypeObject* tensor_type;

namespace {

bool has_free_list;  // it has no fields beyond TensorObject's

constexpr int kFreeList = 64;
TensorObject* free_list[kFreeList];
int free_count = 0;

TensorObject* self_of(PyObject* object) { return reinterpret_cast<TensorObject*>(object); }

/// Fields are never null: compiled code compares them with None.
void set_empty(TensorObject* tensor, PyObject* array) {
  tensor->array = array;
  tensor->node = tensor->grad = tensor->hooks = Py_None;
  Py_SET_REFCNT(Py_None, Py_REFCNT(Py_None) + 3);
  tensor->weak = nullptr;
  tensor->view = -1;
  tensor->index = 0;
  tensor->tracked = 0;
}

/// A Tensor with its fields still to be set, and not tracked by the collector.
TensorObject* reuse() {
  TensorObject* tensor = free_list[--free_count];
  PyObject_Init(reinterpret_cast<PyObject*>(tensor), tensor_type);
  return tensor;
}

PyObject* tensor_new(PyTypeObject* type, PyObject*, PyObject*) {
  if (type == tensor_type && free_count > 0) {
    TensorObject* tensor = reuse();
    set_empty(tensor, Py_NewRef(Py_None));
    PyObject_GC_Track(tensor);
    return reinterpret_cast<PyObject*>(tensor);
  }
  PyObject* made = type->tp_alloc(type, 0);
  if (made) set_empty(self_of(made), Py_NewRef(Py_None));
  return made;
}

int tensor_traverse(PyObject* self, visitproc visit, void* arg) {
  const TensorObject* tensor = self_of(self);
  Py_VISIT(tensor->array);
  Py_VISIT(tensor->node);
  Py_VISIT(tensor->grad);
  Py_VISIT(tensor->hooks);
  return 0;
}

int tensor_clear(PyObject* self) {
  TensorObject* tensor = self_of(self);
  for (PyObject** field : {&tensor->array, &tensor->node, &tensor->grad, &tensor->hooks}) {
    PyObject* held = *field;
    *field = Py_NewRef(Py_None);
    Py_XDECREF(held);
  }
  return 0;
}

bool is_alone(const TensorObject* tensor) {
  return tensor->node == Py_None && tensor->grad == Py_None && tensor->hooks == Py_None;
}

void drop_fields(TensorObject* tensor) {
  if (tensor->weak) PyObject_ClearWeakRefs(reinterpret_cast<PyObject*>(tensor));
  if (is_alone(tensor)) {
    Py_SET_REFCNT(Py_None, Py_REFCNT(Py_None) - 3);
  } else {
    Py_DECREF(tensor->node);
    Py_DECREF(tensor->grad);
    Py_DECREF(tensor->hooks);
  }
  Py_DECREF(tensor->array);
}

/// A gradient may have a gradient, and so on: the trashcan bounds how deep the stack grows.
void base_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Py_TRASHCAN_BEGIN(self, base_dealloc);
  drop_fields(self_of(self));
  Py_TYPE(self)->tp_free(self);
  Py_TRASHCAN_END;
}

// ---- of gemmule.Tensor, a heap type, which its objects count and visit -------------------------

int heap_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  return tensor_traverse(self, visit, arg);
}

void let_go(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  drop_fields(self_of(self));
  const bool again = type == tensor_type && !type->tp_finalize;  // once is all that objects may be
  if (again && free_count < kFreeList)
    free_list[free_count++] = self_of(self);
  else
    type->tp_free(self);
  Py_DECREF(type);
}

void heap_dealloc(PyObject* self) {
  if (Py_TYPE(self)->tp_finalize && PyObject_CallFinalizerFromDealloc(self) < 0) return;
  PyObject_GC_UnTrack(self);
  if (is_alone(self_of(self))) return let_go(self);  // no chain: the trashcan would only cost time
  Py_TRASHCAN_BEGIN(self, heap_dealloc);
  let_go(self);
  Py_TRASHCAN_END;
}

// ---- attributes --------------------------------------------------------------------------------

PyObject*& field(PyObject* self, void* offset) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(self) +
                                       reinterpret_cast<intptr_t>(offset));
}
PyObject* get_field(PyObject* self, void* offset) { return Py_NewRef(field(self, offset)); }
int set_field(PyObject* self, PyObject* value, void* offset) {
  PyObject* held = field(self, offset);
  field(self, offset) = Py_NewRef(value ? value : Py_None);
  Py_DECREF(held);
  return 0;
}
int set_hooks(PyObject* self, PyObject* value, void* offset) {
  if (value && value != Py_None && !PyList_CheckExact(value)) {
    PyErr_SetString(PyExc_TypeError, "_hooks: expected a list");
    return -1;
  }
  return set_field(self, value, offset);
}
PyObject* get_tracked(PyObject* self, void*) { return PyBool_FromLong(self_of(self)->tracked); }
int set_tracked(PyObject* self, PyObject* value, void*) {
  const int truth = value ? PyObject_IsTrue(value) : 0;
  if (truth < 0) return -1;
  self_of(self)->tracked = truth;
  return 0;
}

#define GM_FIELD(name) reinterpret_cast<void*>(offsetof(TensorObject, name))
PyGetSetDef attributes[] = {
    {"_array", get_field, set_field, nullptr, GM_FIELD(array)},
    {"_node", get_field, set_field, nullptr, GM_FIELD(node)},
    {"_grad", get_field, set_field, nullptr, GM_FIELD(grad)},
    {"_hooks", get_field, set_hooks, nullptr, GM_FIELD(hooks)},
    {"_tracked", get_tracked, set_tracked, nullptr, nullptr},
    {},
};
#undef GM_FIELD
PyMemberDef members[] = {
    {"_index", T_INT, offsetof(TensorObject, index), 0, nullptr},
    {"_view", T_LONGLONG, offsetof(TensorObject, view), 0, nullptr},
    {},
};

/// Another object's buffer is that of its Array, which becomes the owner: its release runs.
int tensor_getbuffer(PyObject* self, Py_buffer* buffer, int flags) {
  buffer->obj = nullptr;
  if (self_of(self)->tracked) {
    PyErr_SetString(PyExc_BufferError,
                    "this tensor requires grad: what is written or read outside would not be "
                    "recorded; use detach()");
    return -1;
  }
  return PyObject_GetBuffer(self_of(self)->array, buffer, flags);
}
PyBufferProcs tensor_buffer = {tensor_getbuffer, nullptr};

PyTypeObject TensorBase = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "gemmule._C.TensorBase",
    .tp_basicsize = sizeof(TensorObject),
    .tp_dealloc = base_dealloc,
    .tp_as_buffer = &tensor_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "An Array and its place in the tape: the fields of gemmule.Tensor.",
    .tp_traverse = tensor_traverse,
    .tp_clear = tensor_clear,
    .tp_weaklistoffset = offsetof(TensorObject, weak),
    .tp_members = members,
    .tp_getset = attributes,
    .tp_new = tensor_new,
    .tp_free = PyObject_GC_Del,
};

/// adopt(type): this is gemmule.Tensor, which wrap_tensor makes.
PyObject* adopt(PyObject*, PyObject* object) {
  auto* type = reinterpret_cast<PyTypeObject*>(object);
  if (!PyType_Check(object) || !PyType_IsSubtype(type, &TensorBase) || type == &TensorBase) {
    PyErr_SetString(PyExc_TypeError, "adopt: expected a subclass of TensorBase");
    return nullptr;
  }
  while (free_count > 0) PyObject_GC_Del(free_list[--free_count]);
  // Interpreted, it has a __dict__, and Python's own ways to make one and let it go.
  has_free_list = type->tp_basicsize == sizeof(TensorObject) && type->tp_dictoffset == 0;
  if (has_free_list) {
    type->tp_dealloc = heap_dealloc;
    type->tp_traverse = heap_traverse;
    type->tp_clear = tensor_clear;
  }
  tensor_type = reinterpret_cast<PyTypeObject*>(Py_NewRef(object));
  Py_RETURN_NONE;
}

}  // namespace

PyObject* tensor_around(PyObject* array) {
  if (!array) return nullptr;
  if (free_count > 0) [[likely]] {
    TensorObject* tensor = reuse();
    set_empty(tensor, array);
    PyObject_GC_Track(tensor);
    return reinterpret_cast<PyObject*>(tensor);
  }
  PyObject* made = tensor_type->tp_alloc(tensor_type, 0);
  if (made)
    set_empty(self_of(made), array);
  else
    Py_DECREF(array);
  return made;
}

bool add_tensor_type(PyObject* module) {
  return PyType_Ready(&TensorBase) == 0 &&
         PyModule_AddObjectRef(module, "TensorBase", reinterpret_cast<PyObject*>(&TensorBase)) == 0;
}

PyMethodDef tensor_methods[] = {
    {"adopt", adopt, METH_O, nullptr},
    {},
};

}  // namespace gm::bind
