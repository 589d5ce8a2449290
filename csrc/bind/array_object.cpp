#include "bind/array_object.h"

#include <structmember.h>

#include <cstring>
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

PyObject* wrap(Array&& array) {
  ArrayObject* object;
  if (free_count > 0) {
    object = free_list[--free_count];
    PyObject_Init(reinterpret_cast<PyObject*>(object), &ArrayType);
  } else {
    object = PyObject_New(ArrayObject, &ArrayType);
    if (!object) return nullptr;
  }
  new (&object->array) Array(std::move(array));
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

// ---- the buffer protocol: NumPy both ways, without a copy
// ----------------------------------------

namespace {

// PEP 3118 formats in the order of the enumerators; bfloat16 has none.
constexpr const char* kFormat[kDTypes] = {"?", "B", "H", "I",     "Q", "b", "h",
                                          "i", "q", "e", nullptr, "f", "d"};

bool is_column_major(const Array& array) {
  int64_t stride = 1;
  for (int i = 0; i < array.rank(); ++i) {
    if (array.size(i) != 1 && array.stride(i) != stride) return array.numel() == 0;
    stride *= array.size(i);
  }
  return true;
}

int array_getbuffer(PyObject* self, Py_buffer* buffer, int flags) {
  const Array& array = unwrap(self);
  const View& view = array.view();
  const char* format = kFormat[int(view.dtype)];
  buffer->obj = nullptr;
  if (!format) {
    PyErr_SetString(PyExc_TypeError,
                    "bfloat16 has no buffer-protocol format: convert with .float() first");
    return -1;
  }
  Storage* storage = array.storage().get();
  if (storage->readonly && (flags & PyBUF_WRITABLE)) {
    PyErr_SetString(PyExc_BufferError, "the array is read-only");
    return -1;
  }
  const bool strided = (flags & PyBUF_STRIDES) == PyBUF_STRIDES;
  const auto asks = [flags](int order) { return (flags & order) == order; };
  const bool row_major = array.is_contiguous();
  const bool fits = asks(PyBUF_ANY_CONTIGUOUS) ? row_major || is_column_major(array)
                    : asks(PyBUF_F_CONTIGUOUS) ? is_column_major(array)
                                               : row_major;
  if (!fits && (!strided || asks(PyBUF_C_CONTIGUOUS) || asks(PyBUF_F_CONTIGUOUS) ||
                asks(PyBUF_ANY_CONTIGUOUS))) {
    PyErr_SetString(PyExc_BufferError, "the array is not contiguous");
    return -1;
  }
  auto* numbers =
      static_cast<Py_ssize_t*>(PyMem_Malloc(sizeof(Py_ssize_t) * size_t(2 * view.rank + 1)));
  if (!numbers) {
    PyErr_NoMemory();
    return -1;
  }
  const auto bytes = Py_ssize_t(itemsize(view.dtype));
  for (int i = 0; i < view.rank; ++i) {
    numbers[i] = view.shape[i];
    numbers[view.rank + i] = view.strides[i] * bytes;
  }
  storage->shared = true;  // from now on someone outside may write
  buffer->buf = view.data;
  buffer->obj = Py_NewRef(self);
  buffer->len = array.numel() * bytes;
  buffer->readonly = storage->readonly;
  buffer->itemsize = bytes;
  buffer->format = (flags & PyBUF_FORMAT) ? const_cast<char*>(format) : nullptr;
  buffer->ndim = view.rank;
  buffer->shape = (flags & PyBUF_ND) ? numbers : nullptr;
  buffer->strides = strided ? numbers + view.rank : nullptr;
  buffer->suboffsets = nullptr;
  buffer->internal = numbers;
  return 0;
}

void array_releasebuffer(PyObject*, Py_buffer* buffer) { PyMem_Free(buffer->internal); }

PyBufferProcs array_buffer = {array_getbuffer, array_releasebuffer};

/// The dtype of a format in native byte order, by kind and size ('l' is 4 or 8 bytes by platform).
bool dtype_of_format(const char* format, Py_ssize_t bytes, DType* dtype) {
  if (*format == '@' || *format == '=' || *format == '<') ++format;  // little-endian machines only
  if (!*format || format[1]) return false;
  const char code = *format;
  const bool is_signed_code = std::strchr("bhilq", code),
             is_unsigned_code = std::strchr("BHILQ", code);
  for (int i = 0; i < kDTypes; ++i) {
    const auto candidate = DType(i);
    if (candidate == DType::BFloat16 || Py_ssize_t(itemsize(candidate)) != bytes) continue;
    const bool matches = code == '?'                           ? candidate == DType::Bool
                         : std::strchr("efd", code) != nullptr ? is_float(candidate)
                         : is_signed_code   ? is_integer(candidate) && is_signed(candidate)
                         : is_unsigned_code ? is_integer(candidate) && !is_signed(candidate)
                                            : false;
    if (matches) {
      *dtype = candidate;
      return true;
    }
  }
  return false;
}

void release_buffer(Storage* storage) {
  // The last reference may be dropped by any thread, and after Python has shut down.
  auto* buffer = static_cast<Py_buffer*>(storage->owner);
  if (Py_IsInitialized()) {
    const PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(buffer);
    PyGILState_Release(state);
  }
  delete buffer;
  delete storage;
}

}  // namespace

Array from_buffer(PyObject* exporter) {
  auto* buffer = new Py_buffer;
  if (PyObject_GetBuffer(exporter, buffer, PyBUF_RECORDS_RO) < 0) {
    delete buffer;
    bad_argument("asarray", 1, "an object with the buffer protocol", exporter);
  }
  auto* storage = new Storage;
  storage->release = release_buffer;
  storage->owner = buffer;
  StorageRef owner(storage);
  storage->data = static_cast<char*>(buffer->buf);
  storage->bytes = size_t(buffer->len);
  storage->shared = true;
  storage->readonly = buffer->readonly;

  View view;
  view.data = storage->data;
  view.device = {};
  view.rank = buffer->ndim;
  const char* format = buffer->format ? buffer->format : "B";
  check_type(dtype_of_format(format, buffer->itemsize, &view.dtype), "asarray: buffer format '",
             format, "' has no gemmule dtype");
  check(buffer->ndim <= kMaxRank, "asarray: at most ", kMaxRank, " dimensions are supported, got ",
        buffer->ndim);
  for (int i = 0; i < view.rank; ++i) {
    view.shape[i] = buffer->shape[i];
    check(buffer->strides[i] % buffer->itemsize == 0 || buffer->shape[i] <= 1,
          "asarray: stride of ", (long long)buffer->strides[i], " bytes is no multiple of the ",
          (long long)buffer->itemsize, "-byte item; copy the array first");
    view.strides[i] = buffer->strides[i] / buffer->itemsize;
  }
  check(reinterpret_cast<uintptr_t>(view.data) % itemsize(view.dtype) == 0 || buffer->len == 0,
        "asarray: the buffer is not aligned to its item size; copy the array first");
  return Array(std::move(owner), view);
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
      GilRelease release(weight(x) + weight(y) >= kReleaseGil);
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
       return give(a.device().type == DeviceType::Cpu ? "cpu" : "cuda");
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
