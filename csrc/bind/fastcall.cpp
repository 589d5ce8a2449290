#include "bind/fastcall.h"

#include <atomic>
#include <cstring>
#include <string>

namespace gm::bind {

namespace {

/// Drops Python's own error: the message that names function and argument replaces it.
[[noreturn]] void refuse(ErrorKind kind, std::string message) {
  PyErr_Clear();
  throw Error(kind, std::move(message));
}

}  // namespace

namespace {

/// The name of parameter `index`, counted from 1, of a Name; "argument 3" where it has none.
std::string parameter(const char* function, int index) {
  const char* at = function + std::strlen(function) + 1;
  for (int i = 1; i < index && *at; ++i) {
    at += std::strcspn(at, ",)");
    at += std::strspn(at, ", )");
  }
  if (!*at) return text("argument ", index);
  return "'" + std::string(at, std::strcspn(at, ",)")) + "'";
}

/// What came: its type, and its value where that is short.
std::string shown(PyObject* got) {
  if (!got) return "nothing";
  if (got == Py_None) return "None";
  std::string what = Py_TYPE(got)->tp_name;
  if (!PyLong_Check(got) && !PyFloat_Check(got) && !PyUnicode_Check(got)) return what;
  PyObject* repr = PyObject_Repr(got);
  const char* value = repr ? PyUnicode_AsUTF8(repr) : nullptr;
  if (value && std::strlen(value) < 40) what += text(" ", value);
  Py_XDECREF(repr);
  return what;
}

}  // namespace

void bad_argument(const char* function, int index, const char* expected, PyObject* got) {
  PyErr_Clear();
  refuse(ErrorKind::Type, text(function, ": expected ", expected, " for ",
                               parameter(function, index), ", got ", shown(got)));
}

void too_wide(const char* function, int index, int bits) {
  refuse(ErrorKind::Overflow, text(function, ": the Python integer for ",
                                   parameter(function, index), " does not fit ", bits, " bits"));
}

void bad_count(const char* function, Py_ssize_t got, int least, int most) {
  refuse(ErrorKind::Type, text(function, ": takes ", least, " to ", most,
                               " positional arguments, got ", (long long)got));
}

Operand to_operand(const char* function, int index, PyObject* object) {
  if (!object) bad_argument(function, index, "a Tensor or a number", object);
  if (PyFloat_Check(object)) return PyFloat_AS_DOUBLE(object);
  if (PyBool_Check(object)) return object == Py_True;
  if (PyLong_Check(object) || PyIndex_Check(object)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (value != -1 || (overflow == 0 && !PyErr_Occurred())) return int64_t(value);
    PyErr_Clear();
    if (overflow > 0) {
      const unsigned long long large = PyLong_AsUnsignedLongLong(object);
      if (!PyErr_Occurred()) return uint64_t(large);
    }
    return to_int(function, index, object);  // says what is wrong
  }
  const double value = PyFloat_AsDouble(object);
  if (value == -1.0 && PyErr_Occurred())
    bad_argument(function, index, "a Tensor or a number", object);
  return value;
}

int64_t to_int(const char* function, int index, PyObject* object) {
  if (!object || !PyIndex_Check(object)) bad_argument(function, index, "an int", object);
  const long long value = PyLong_AsLongLong(object);
  if (value == -1 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_OverflowError))
      bad_argument(function, index, "an int", object);
    too_wide(function, index, 64);
  }
  return value;
}

double to_double(const char* function, int index, PyObject* object) {
  const double value = object ? PyFloat_AsDouble(object) : -1.0;
  if (!object || (value == -1.0 && PyErr_Occurred()))
    bad_argument(function, index, "a float", object);
  return value;
}

namespace {

/// add(int) for every item of a sequence.
template <class Add>
void each_int(const char* function, int index, PyObject* object, const Add& add) {
  PyObject* items = object ? PySequence_Fast(object, "") : nullptr;
  if (!items) bad_argument(function, index, "an int or a sequence of ints", object);
  try {
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); ++i)
      add(to_int(function, index, PySequence_Fast_GET_ITEM(items, i)));
  } catch (...) {
    Py_DECREF(items);
    throw;
  }
  Py_DECREF(items);
}

}  // namespace

Shape to_shape(const char* function, int index, PyObject* object) {
  if (object && PyIndex_Check(object)) return Shape{to_int(function, index, object)};
  Shape shape;
  each_int(function, index, object, [&](int64_t size) { shape.push_back(size); });
  return shape;
}

std::vector<int64_t> to_ints(const char* function, int index, PyObject* object) {
  std::vector<int64_t> values;
  each_int(function, index, object, [&](int64_t value) { values.push_back(value); });
  return values;
}

std::vector<Array> to_arrays(const char* function, int index, PyObject* object) {
  PyObject* items = object ? PySequence_Fast(object, "") : nullptr;
  if (!items) bad_argument(function, index, "a sequence of Tensors", object);
  std::vector<Array> arrays;
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
  arrays.reserve(size_t(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(items, i);
    if (!is_array(item)) {
      const std::string wrong = shown(item);
      Py_DECREF(items);
      refuse(ErrorKind::Type, text(function, ": expected a sequence of Tensors for ",
                                   parameter(function, index), ", got ", wrong, " at ", i));
    }
    arrays.push_back(unwrap(item));
  }
  Py_DECREF(items);
  return arrays;
}

// A list that only grows, so that it needs no lock: a fork could leave one held for ever.
const char* lasting(const char* name) {
  struct Entry {
    std::string name;
    Entry* next;
  };
  static std::atomic<Entry*> names{nullptr};
  Entry* fresh = nullptr;
  for (Entry* first = names.load(std::memory_order_acquire);;) {
    for (Entry* entry = first; entry; entry = entry->next)
      if (entry->name == name) {
        delete fresh;
        return entry->name.c_str();
      }
    if (!fresh) fresh = new Entry{name, nullptr};
    fresh->next = first;
    if (names.compare_exchange_weak(first, fresh, std::memory_order_acq_rel))
      return fresh->name.c_str();
  }
}

}  // namespace gm::bind
