#include "ops/index.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

using ops::IndexItem;
using ops::IndexKey;
using Kind = IndexItem::Kind;

/// What NumPy makes of a list or the like.
Array to_index_array(const char* op, PyObject* object) {
  if (PyUnicode_Check(object) || PyFloat_Check(object) || PyDict_Check(object))
    fail(ErrorKind::Type, op, ": an index must be an int, a slice, None, '...' or an array, not ",
         Py_TYPE(object)->tp_name);
  PyObject* numpy = PyImport_ImportModule("numpy");
  PyObject* ndarray = numpy ? PyObject_CallMethod(numpy, "asarray", "O", object) : nullptr;
  Py_XDECREF(numpy);
  if (!ndarray) {
    PyErr_Clear();
    fail(ErrorKind::Type, op, ": an index of type ", Py_TYPE(object)->tp_name,
         " could not be made an array");
  }
  try {
    Array array = from_buffer(ndarray);
    Py_DECREF(ndarray);
    // An empty list is a list of no ints.
    return array.numel() == 0 && is_float(array.dtype()) ? array.astype(DType::Int64) : array;
  } catch (...) {
    Py_DECREF(ndarray);
    throw;
  }
}

[[noreturn]] void bad_slice(const char* op) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  const bool is_value = type == PyExc_ValueError;
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  fail(is_value ? ErrorKind::Value : ErrorKind::Type, op,
       is_value ? ": slice step cannot be zero" : ": slice ends must be ints or None");
}

void add_item(const char* op, PyObject* object, IndexKey& key) {
  if (key.count == IndexKey::kMost) fail(ErrorKind::Index, op, ": too many indices");
  IndexItem& item = key.items[key.count++];
  if (PyLong_CheckExact(object)) {
    int overflow;
    item.kind = Kind::Int;
    item.start = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow) item.start = overflow > 0 ? INT64_MAX : INT64_MIN;  // out of any range
    return;
  }
  if (PySlice_Check(object)) {
    item.kind = Kind::Slice;
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(object, &start, &stop, &step) < 0) bad_slice(op);
    item.start = start;
    item.stop = stop;
    item.step = step;
    return;
  }
  if (object == Py_None) return void(item.kind = Kind::NewAxis);
  if (object == Py_Ellipsis) return void(item.kind = Kind::Ellipsis);
  if (PyBool_Check(object)) {
    item.kind = Kind::Truth;
    item.start = object == Py_True;
    return;
  }
  if (is_array(object)) {
    const Array& array = unwrap(object);
    if (array.rank() == 0 && is_integer(array.dtype())) {
      item.kind = Kind::Int;
      item.start = *array.astype(DType::Int64).data<int64_t>();
      return;
    }
    item.kind = Kind::Array;
    item.start = int64_t(key.arrays.size());
    key.arrays.push_back(array);
    return;
  }
  if (PyIndex_Check(object)) {  // NumPy's integers, and its arrays where they are 0-d
    const long long value = PyNumber_AsSsize_t(object, nullptr);
    if (value != -1 || !PyErr_Occurred()) {
      item.kind = Kind::Int;
      item.start = value;
      return;
    }
    PyErr_Clear();
  }
  item.kind = Kind::Array;
  item.start = int64_t(key.arrays.size());
  key.arrays.push_back(to_index_array(op, object));
}

void parse_key(const char* op, PyObject* object, IndexKey& key) {
  if (!PyTuple_CheckExact(object)) return add_item(op, object, key);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i)
    add_item(op, PyTuple_GET_ITEM(object, i), key);
}

/// body() with its exceptions turned into Python's.
template <class Body>
PyObject* guarded(const Body& body) noexcept {
  try {
    return body();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

void expect_count(const char* op, Py_ssize_t got, int wanted) {
  if (got != wanted) bad_count(op, got, wanted, wanted);
}

PyObject* plain_getitem(PyObject* const* args, Py_ssize_t count) noexcept {
  return guarded([&] {
    expect_count("getitem", count, 2);
    const Array& x = Take<const Array&>::from(named<"getitem(x, key)">, 1, args[0]);
    IndexKey key;
    parse_key("getitem", args[1], key);
    Array result = [&] {
      GilRelease release(!key.arrays.empty() && x.numel() >= kReleaseGil);
      return ops::getitem(x, key);
    }();
    return wrap(std::move(result));
  });
}

PyObject* getitem(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
  if (recording_calls) [[unlikely]]
    return recorded_call("getitem", plain_getitem, args, count);
  return plain_getitem(args, count);
}

PyObject* plain_setitem(PyObject* const* args, Py_ssize_t count) noexcept {
  return guarded([&] {
    expect_count("setitem", count, 3);
    const Array& x = Take<const Array&>::from(named<"setitem(x, key, value)">, 1, args[0]);
    IndexKey key;
    parse_key("setitem", args[1], key);
    const Operand value = Take<const Operand&>::from(named<"setitem(x, key, value)">, 3, args[2]);
    {
      GilRelease release(x.numel() >= kReleaseGil);
      ops::setitem(x, key, value);
    }
    return Py_NewRef(Py_None);
  });
}

PyObject* setitem(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
  if (recording_calls) [[unlikely]]
    return recorded_call("setitem", plain_setitem, args, count);
  return plain_setitem(args, count);
}

PyObject* getitem_backward(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return guarded([&] {
    expect_count("getitem_backward", count, 3);
    const Array& g = Take<const Array&>::from(named<"getitem_backward(g, shape, key)">, 1, args[0]);
    const Shape shape =
        Take<const Shape&>::from(named<"getitem_backward(g, shape, key)">, 2, args[1]);
    IndexKey key;
    parse_key("getitem", args[2], key);
    Array result = [&] {
      GilRelease release(numel(shape) >= kReleaseGil);
      return ops::getitem_backward(g, shape, key);
    }();
    return wrap(std::move(result));
  });
}

template <auto function>
PyMethodDef row(const char* name) {
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)),
          METH_FASTCALL, nullptr};
}

// The name of an in-place operation stays with the storage that it wrote.
Array take(const char* op, const Array& x, const Array& index, int axis, bool any_rank) {
  return ops::take(lasting(op), x, index, axis, any_rank);
}
Array index_put(const char* op, const Array& x, int axis, const Array& index, const Operand& source,
                bool add, bool in_place) {
  return ops::index_put(lasting(op), x, axis, index, source, add, in_place);
}
Array scatter(const char* op, const Array& x, int axis, const Array& index, const Operand& source,
              bool add, bool in_place) {
  return ops::scatter(lasting(op), x, axis, index, source, add, in_place);
}

}  // namespace

PyMethodDef index_methods[] = {
    row<getitem>("getitem"),
    row<setitem>("setitem"),
    row<getitem_backward>("getitem_backward"),
    def<take, "take(op, x, indices, axis)">(),
    def<index_put, "index_put(op, x, dim, index, source, accumulate)">(),
    def<ops::gather, "gather(input, dim, index)">(),
    def<scatter, "scatter(op, input, dim, index, src)">(),
    def<ops::nonzero, "nonzero(x, by_axis)">(),
    def<ops::masked_select, "masked_select(input, mask)">(),
    {},
};

}  // namespace gm::bind
