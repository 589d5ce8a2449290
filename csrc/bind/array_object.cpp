#include "bind/array_object.h"

#include <structmember.h>

#include <new>

#include "bind/fastcall.h"
#include "ops/binary.h"

namespace gm::bind {

// ---- dtypes
// --------------------------------------------------------------------------------------

namespace {

struct DTypeObject {
  PyObject_HEAD DType dtype;
};

DType value(PyObject* object) { return reinterpret_cast<DTypeObject*>(object)->dtype; }

PyObject* dtype_repr(PyObject* self) {
  return PyUnicode_FromFormat("gemmule.%s", name(value(self)));
}
/// The module attribute of a dtype. "bool" would hide Python's: it is bool_ here, gemmule.bool is
/// set in Python.
const char* dtype_key(DType dtype) { return dtype == DType::Bool ? "bool_" : name(dtype); }
PyObject* dtype_reduce(PyObject* self, PyObject*) {
  return PyUnicode_FromString(dtype_key(value(self)));
}

PyMethodDef dtype_methods[] = {
    {"__reduce__", dtype_reduce, METH_NOARGS, nullptr},
    {},
};
PyGetSetDef dtype_attributes[] = {
    {"name", [](PyObject* o, void*) { return give(name(value(o))); }, nullptr, "NumPy's name",
     nullptr},
    {"itemsize", [](PyObject* o, void*) { return give(int64_t(itemsize(value(o)))); }, nullptr,
     "bytes of one element", nullptr},
    {"is_floating_point", [](PyObject* o, void*) { return give(is_float(value(o))); }, nullptr,
     "whether a floating-point dtype", nullptr},
    {"is_integer", [](PyObject* o, void*) { return give(is_integer(value(o))); }, nullptr,
     "whether a signed or unsigned integer dtype", nullptr},
    {"is_signed", [](PyObject* o, void*) { return give(is_signed(value(o))); }, nullptr,
     "whether negative values can be held", nullptr},
    {},
};

PyTypeObject DTypeType = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "gemmule._C.DType",
    .tp_basicsize = sizeof(DTypeObject),
    .tp_repr = dtype_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "An element type, such as gemmule.float32.",
    .tp_methods = dtype_methods,
    .tp_getset = dtype_attributes,
};

PyObject* dtype_objects[kDTypes];

}  // namespace

PyObject* dtype_object(DType dtype) { return dtype_objects[int(dtype)]; }

bool to_dtype(PyObject* object, DType* dtype) {
  if (!object || Py_TYPE(object) != &DTypeType) return false;
  *dtype = value(object);
  return true;
}

// ---- allocation
// ----------------------------------------------------------------------------------

namespace {

constexpr int kFreeList = 64;
ArrayObject* free_list[kFreeList];
int free_count = 0;

void array_dealloc(PyObject* self) {
  auto* object = reinterpret_cast<ArrayObject*>(self);
  object->array.~Array();
  if (free_count < kFreeList)
    free_list[free_count++] = object;
  else
    PyObject_Free(object);
}

}  // namespace

ArrayObject* new_array_object() {
  if (free_count == 0) return PyObject_New(ArrayObject, &ArrayType);
  ArrayObject* object = free_list[--free_count];
  PyObject_Init(reinterpret_cast<PyObject*>(object), &ArrayType);
  return object;
}

PyObject* wrap(Array&& array) {
  ArrayObject* object = new_array_object();
  if (!object) return nullptr;
  new (&object->array) Array(std::move(array));
  if (recording_calls) [[unlikely]]
    record_birth(reinterpret_cast<PyObject*>(object));
  return reinterpret_cast<PyObject*>(object);
}

// ---- errors
// --------------------------------------------------------------------------------------

void set_python_error() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    PyObject* type = PyExc_RuntimeError;
    switch (error.kind()) {
      case ErrorKind::Value:
        type = PyExc_ValueError;
        break;
      case ErrorKind::Type:
        type = PyExc_TypeError;
        break;
      case ErrorKind::Index:
        type = PyExc_IndexError;
        break;
      case ErrorKind::Buffer:
        type = PyExc_BufferError;
        break;
      case ErrorKind::Memory:
        type = PyExc_MemoryError;
        break;
      case ErrorKind::Overflow:
        type = PyExc_OverflowError;
        break;
      case ErrorKind::Runtime:
        break;
    }
    PyErr_SetString(type, error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
}

PyObject* shape_tuple(const int64_t* sizes, int rank) {
  PyObject* tuple = PyTuple_New(rank);
  for (int i = 0; tuple && i < rank; ++i) {
    PyObject* item = PyLong_FromLongLong(sizes[i]);
    if (!item) {
      Py_CLEAR(tuple);
      break;
    }
    PyTuple_SET_ITEM(tuple, i, item);
  }
  return tuple;
}

// ---- operators: gradient rules read as formulas
// --------------------------------------------------

namespace {

using BinaryOp = Array (*)(const Operand&, const Operand&, const Array*);

template <BinaryOp op, Name name>
PyObject* operate(PyObject* a, PyObject* b) noexcept {
  try {
    const Operand x = Take<const Operand&>::from(name.text, 1, a);
    const Operand y = Take<const Operand&>::from(name.text, 2, b);
    Array result = [&] {
      GilRelease release(weight(x) >= kReleaseGil || weight(y) >= kReleaseGil);
      return op(x, y, nullptr);
    }();
    return wrap(std::move(result));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* array_negative(PyObject* self) noexcept {
  PyObject* minus_one = PyLong_FromLong(-1);
  PyObject* result = operate<ops::multiply, "negative">(self, minus_one);
  Py_DECREF(minus_one);
  return result;
}

PyNumberMethods array_number = {
    .nb_add = operate<ops::add, "add">,
    .nb_subtract = operate<ops::subtract, "subtract">,
    .nb_multiply = operate<ops::multiply, "multiply">,
    .nb_negative = array_negative,
    .nb_true_divide = operate<ops::divide, "divide">,
};

template <auto get>
PyObject* attribute(PyObject* self, void*) {
  return get(unwrap(self));
}

PyGetSetDef array_attributes[] = {
    {"shape", attribute<[](const Array& a) { return shape_tuple(a.view().shape, a.rank()); }>,
     nullptr, "sizes", nullptr},
    {"strides", attribute<[](const Array& a) { return shape_tuple(a.view().strides, a.rank()); }>,
     nullptr, "strides in elements", nullptr},
    {"dtype", attribute<[](const Array& a) { return give(a.dtype()); }>, nullptr, "element type",
     nullptr},
    {"ndim", attribute<[](const Array& a) { return give(a.rank()); }>, nullptr,
     "number of dimensions", nullptr},
    {"size", attribute<[](const Array& a) { return give(a.numel()); }>, nullptr,
     "number of elements", nullptr},
    {"data_ptr", attribute<[](const Array& a) { return PyLong_FromVoidPtr(a.data()); }>, nullptr,
     "address of element 0", nullptr},
    {"is_contiguous", attribute<[](const Array& a) { return give(a.is_contiguous()); }>, nullptr,
     "whether row-major without gaps", nullptr},
    {"is_shared", attribute<[](const Array& a) { return give(a.storage()->shared); }>, nullptr,
     "whether memory is visible outside gemmule", nullptr},
    {"is_readonly", attribute<[](const Array& a) { return give(a.storage()->readonly); }>, nullptr,
     "whether writing raises", nullptr},
    {"owns", attribute<[](const Array& a) {
       return give(a.storage()->references.load(std::memory_order_relaxed) == 1 &&
                   !a.storage()->shared && a.is_contiguous());
     }>,
     nullptr, "whether no other Array uses this memory", nullptr},
    {"device", attribute<[](const Array& a) {
       if (a.device().type == DeviceType::Cpu) return give("cpu");
       return PyUnicode_FromFormat("cuda:%d", int(a.device().index));
     }>,
     nullptr, "where the memory is", nullptr},
    {},
};

PyObject* array_repr(PyObject* self) {
  const Array& array = unwrap(self);
  const std::string described = text("<Array ", array.dtype(), " ", array.shape(), ">");
  return PyUnicode_FromString(described.c_str());
}

}  // namespace

PyTypeObject ArrayType = {
    .ob_base = PyVarObject_HEAD_INIT(nullptr, 0).tp_name = "gemmule._C.Array",
    .tp_basicsize = sizeof(ArrayObject),
    .tp_dealloc = array_dealloc,
    .tp_repr = array_repr,
    .tp_as_number = &array_number,
    .tp_as_buffer = &array_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "Elements in memory: shape, strides, dtype and the storage that keeps them alive.",
    .tp_getset = array_attributes,
};

bool add_array_type(PyObject* module) {
  if (PyType_Ready(&DTypeType) < 0 || PyType_Ready(&ArrayType) < 0) return false;
  if (PyModule_AddObjectRef(module, "Array", reinterpret_cast<PyObject*>(&ArrayType)) < 0 ||
      PyModule_AddObjectRef(module, "DType", reinterpret_cast<PyObject*>(&DTypeType)) < 0)
    return false;
  for (int i = 0; i < kDTypes; ++i) {
    auto* object = PyObject_New(DTypeObject, &DTypeType);
    if (!object) return false;
    object->dtype = DType(i);
    dtype_objects[i] = reinterpret_cast<PyObject*>(object);
    if (PyModule_AddObjectRef(module, dtype_key(DType(i)), dtype_objects[i]) < 0) return false;
  }
  return true;
}

}  // namespace gm::bind
