// gemmule.Tensor, as C++ makes and reads it.
#pragma once

#include "bind/array_object.h"
#include "bind/tensor_object.h"

namespace gm::bind {

extern PyTypeObject* tensor_type;  ///< gemmule.Tensor, once it is known.

/// Whether this is a gemmule.Tensor, and of no subclass.
inline bool is_plain_tensor(PyObject* object) { return Py_TYPE(object) == tensor_type; }
/// A new gemmule.Tensor around an Array, whose reference it takes over; both may be null.
PyObject* tensor_around(PyObject* array);
/// A new gemmule.Tensor without history; null with a Python error set if there is no memory.
inline PyObject* wrap_tensor(Array&& array) { return tensor_around(wrap(std::move(array))); }
/// The same, `build(place)` making the Array in its place, which does not throw.
template <class Build>
PyObject* make_tensor(const Build& build) {
  ArrayObject* object = new_array_object();
  if (!object) return nullptr;
  build(&object->array);
  return tensor_around(reinterpret_cast<PyObject*>(object));
}

/// Adds TensorBase to the module; false with a Python error set.
bool add_tensor_type(PyObject* module);

extern PyMethodDef tensor_methods[];

}  // namespace gm::bind
