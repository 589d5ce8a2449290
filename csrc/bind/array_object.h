// _C.Array, the Python type that holds a gm::Array, and _C.DType.
#pragma once

#include <Python.h>

#include "core/array.h"
#include "core/error.h"

namespace gm::bind {

struct ArrayObject {
  PyObject_HEAD Array array;
};

extern PyTypeObject ArrayType;

inline bool is_array(PyObject* object) { return Py_TYPE(object) == &ArrayType; }
inline const Array& unwrap(PyObject* object) {
  return reinterpret_cast<ArrayObject*>(object)->array;
}
/// A new reference; null with a Python error set if there is no memory.
PyObject* wrap(Array&& array);
/// An object whose `array` is still to be made in place, by what does not throw.
ArrayObject* new_array_object();

/// The one object of each dtype (borrowed).
PyObject* dtype_object(DType dtype);
/// Whether `object` is a DType; if so `*dtype` is set.
bool to_dtype(PyObject* object, DType* dtype);

/// An Array that shares an exporter's buffer and keeps it alive. TypeError for formats that have
/// no dtype.
Array from_buffer(PyObject* exporter);
extern PyBufferProcs array_buffer;

/// A tuple of Python ints.
PyObject* shape_tuple(const int64_t* sizes, int rank);

/// Sets the Python exception that the C++ exception in flight corresponds to.
void set_python_error() noexcept;

/// Adds Array, DType and the dtype objects to the module; false with a Python error set.
bool add_array_type(PyObject* module);

}  // namespace gm::bind
