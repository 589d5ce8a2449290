// A C++ function of arrays, scalars and shapes as a positional METH_FASTCALL function of Python.
//
//   Array add(const Operand& a, const Operand& b, const Array* out);
//   …
//   def<ops::add, "add(x1, x2, out)">()     a row of a stem's PyMethodDef table
//
// Parameters convert so; an absent trailing argument or None gives the value in brackets:
//
//   const Array&              _C.Array
//   const Array*              _C.Array [nullptr]
//   const Operand&            _C.Array, bool, int, float (or what has __index__ / __float__)
//   const Shape&              int, or sequence of ints
//   const std::vector<int64_t>& sequence of ints, of any length
//   const std::vector<Array>& sequence of _C.Array
//   Device                    its name, a str [the CPU]
//   bool, int, int64_t, double, const char*, DType
//   std::optional<one of these>  [nullopt]
//
// Results: Array, Shape, DType, numbers, bool, std::tuple and std::vector of them, void.
// The GIL is released where the arguments have many elements; a pybind11 call in its place costs
// about 570 ns more.
#pragma once

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "bind/array_object.h"
#include "bind/record.h"
#include "ops/operand.h"

namespace gm::bind {

/// Elements in the arguments above which a call is worth releasing the GIL (~20 µs of work).
inline constexpr int64_t kReleaseGil = 16 * 1024;

/// A function's name as a template argument, so that each binding knows its own for its errors,
/// and in brackets those that its parameters have in Python: "sum(x, axis)". What is not named
/// there the package fills in itself. `text` is the name; the parameters lie behind its end, where
/// only an error looks.
template <size_t N>
struct Name {
  char text[N + 1]{};
  constexpr Name(const char (&source)[N]) {
    for (size_t i = 0; i < N; ++i) text[i] = source[i] == '(' ? '\0' : source[i];
  }
};
/// The text of a Name. Whatever is called `function` below is one.
template <Name name>
inline constexpr const char* named = name.text;

[[noreturn]] void bad_argument(const char* function, int index, const char* expected,
                               PyObject* got);

[[noreturn]] void too_wide(const char* function, int index, int bits);

Operand to_operand(const char* function, int index, PyObject* object);
Shape to_shape(const char* function, int index, PyObject* object);
int64_t to_int(const char* function, int index, PyObject* object);
double to_double(const char* function, int index, PyObject* object);
std::vector<int64_t> to_ints(const char* function, int index, PyObject* object);
std::vector<Array> to_arrays(const char* function, int index, PyObject* object);

/// Of a device's name: ValueError where it is none, RuntimeError where there is no such device.
Device to_device(const char* function, int index, PyObject* object);

/// The same text with static lifetime: a storage remembers the name of its last writer.
const char* lasting(const char* name);

// ---- arguments: Take<T>::from(function, index, object) gives what T is initialised from
// ----------

template <class T>
struct Take;

template <>
struct Take<const Array&> {
  static const Array& from(const char* f, int i, PyObject* o) {
    if (!is_array(o)) [[unlikely]]
      bad_argument(f, i, "a Tensor", o);
    return unwrap(o);
  }
};
template <>
struct Take<const Array*> {
  static const Array* from(const char* f, int i, PyObject* o) {
    if (o == nullptr || o == Py_None) return nullptr;
    return &Take<const Array&>::from(f, i, o);
  }
};
template <>
struct Take<const Operand&> {
  static Operand from(const char* f, int i, PyObject* o) {
    if (is_array(o)) return unwrap(o);
    return to_operand(f, i, o);
  }
};
template <>
struct Take<const Shape&> {
  static Shape from(const char* f, int i, PyObject* o) { return to_shape(f, i, o); }
};
template <>
struct Take<Shape> : Take<const Shape&> {};
template <>
struct Take<const std::vector<int64_t>&> {
  static std::vector<int64_t> from(const char* f, int i, PyObject* o) { return to_ints(f, i, o); }
};
template <>
struct Take<const std::vector<Array>&> {
  static std::vector<Array> from(const char* f, int i, PyObject* o) { return to_arrays(f, i, o); }
};
template <>
struct Take<int64_t> {
  static int64_t from(const char* f, int i, PyObject* o) { return to_int(f, i, o); }
};
template <>
struct Take<int> {
  static int from(const char* f, int i, PyObject* o) {
    const int64_t value = to_int(f, i, o);
    if (value != int(value)) [[unlikely]]
      too_wide(f, i, 32);
    return int(value);
  }
};
template <>
struct Take<double> {
  static double from(const char* f, int i, PyObject* o) { return to_double(f, i, o); }
};
template <>
struct Take<bool> {
  static bool from(const char* f, int i, PyObject* o) {
    const int truth = PyObject_IsTrue(o);
    if (truth < 0) bad_argument(f, i, "a bool", o);
    return truth != 0;
  }
};
template <>
struct Take<const char*> {
  static const char* from(const char* f, int i, PyObject* o) {
    const char* text = PyUnicode_Check(o) ? PyUnicode_AsUTF8(o) : nullptr;
    if (!text) bad_argument(f, i, "a str", o);
    return text;
  }
};
template <>
struct Take<DType> {
  static DType from(const char* f, int i, PyObject* o) {
    DType dtype;
    if (!to_dtype(o, &dtype)) bad_argument(f, i, "a gemmule dtype", o);
    return dtype;
  }
};
template <>
struct Take<Device> {
  static Device from(const char* f, int i, PyObject* o) { return to_device(f, i, o); }
};
template <class T>
struct Take<std::optional<T>> {
  static std::optional<T> from(const char* f, int i, PyObject* o) {
    if (o == nullptr || o == Py_None) return std::nullopt;
    return Take<T>::from(f, i, o);
  }
};
template <class T>
struct Take<const std::optional<T>&> : Take<std::optional<T>> {};

/// Whether a parameter may be absent.
template <class T>
inline constexpr bool has_default = false;
template <>
inline constexpr bool has_default<const Array*> = true;
template <>
inline constexpr bool has_default<Device> = true;
template <class T>
inline constexpr bool has_default<std::optional<T>> = true;
template <class T>
inline constexpr bool has_default<const std::optional<T>&> = true;

// ---- work: how many elements an argument stands for
// ----------------------------------------------

inline int64_t weight(const Array& array) { return array.numel(); }
inline int64_t weight(const Array* array) { return array ? array->numel() : 0; }
inline int64_t weight(const Operand& operand) {
  return operand.is_array() ? operand.array().numel() : 0;
}
inline int64_t weight(const std::vector<Array>& arrays) {
  int64_t sum = 0;  // each capped: broadcast arrays may count more elements than 64 bits hold
  for (const Array& array : arrays) sum += std::min(array.numel(), kReleaseGil);
  return sum;
}
/// Of a result's shape; axes and window sizes, which are shapes too, are small numbers.
inline int64_t weight(const Shape& shape) {
  int64_t product = 1;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(product, size, &product)) return kReleaseGil;
  return product;
}
template <class T>
int64_t weight(const T&) {
  return 0;
}

class GilRelease {
 public:
  explicit GilRelease(bool release) : state_(release ? PyEval_SaveThread() : nullptr) {}
  ~GilRelease() {
    if (state_) PyEval_RestoreThread(state_);
  }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* state_;
};

// ---- results
// -------------------------------------------------------------------------------------

inline PyObject* give(Array&& array) { return array ? wrap(std::move(array)) : Py_NewRef(Py_None); }
inline PyObject* give(bool value) { return PyBool_FromLong(value); }
inline PyObject* give(int value) { return PyLong_FromLong(value); }
inline PyObject* give(int64_t value) { return PyLong_FromLongLong(value); }
inline PyObject* give(double value) { return PyFloat_FromDouble(value); }
inline PyObject* give(const char* text) { return PyUnicode_FromString(text); }
inline PyObject* give(const std::string& text) {
  return PyUnicode_FromStringAndSize(text.data(), Py_ssize_t(text.size()));
}
inline PyObject* give(DType dtype) { return Py_NewRef(dtype_object(dtype)); }
inline PyObject* give(const Shape& shape) { return shape_tuple(shape.begin(), shape.rank()); }
template <class T>
PyObject* give(std::vector<T>&& items);
template <class... T>
PyObject* give(std::tuple<T...>&& items);

/// Puts what `give` made into a tuple; false (and the tuple dropped) on failure.
inline bool put_item(PyObject* tuple, Py_ssize_t i, PyObject* item) {
  if (!item) return false;
  PyTuple_SET_ITEM(tuple, i, item);
  return true;
}
template <class T>
PyObject* give(std::vector<T>&& items) {
  PyObject* tuple = PyTuple_New(Py_ssize_t(items.size()));
  for (size_t i = 0; tuple && i < items.size(); ++i)
    if (!put_item(tuple, Py_ssize_t(i), give(std::move(items[i])))) Py_CLEAR(tuple);
  return tuple;
}
template <class... T>
PyObject* give(std::tuple<T...>&& items) {
  PyObject* tuple = PyTuple_New(sizeof...(T));
  if (!tuple) return nullptr;
  Py_ssize_t i = 0;
  const bool complete = std::apply(
      [&](auto&&... item) { return (put_item(tuple, i++, give(std::move(item))) && ...); }, items);
  if (!complete) Py_CLEAR(tuple);
  return tuple;
}

// ---- the call
// ------------------------------------------------------------------------------------

[[noreturn]] void bad_count(const char* function, Py_ssize_t got, int least, int most);

template <class Result, class... Params, size_t... I>
PyObject* call_with(Result (*function)(Params...), const char* name, std::index_sequence<I...>,
                    PyObject* const* args, Py_ssize_t count) {
  constexpr int most = sizeof...(Params);
  constexpr int least = (0 + ... + (has_default<Params> ? 0 : 1));
  if (count < least || count > most) [[unlikely]]
    bad_count(name, count, least, most);
  // Braces convert left to right; references stay valid, the caller holds its arguments.
  std::tuple<decltype(Take<Params>::from(name, 0, nullptr))...> values{
      Take<Params>::from(name, int(I) + 1, Py_ssize_t(I) < count ? args[I] : nullptr)...};
  // Capped, or sizes that no array can have would overflow the sum.
  const bool heavy =
      (int64_t(0) + ... + std::min(weight(std::get<I>(values)), kReleaseGil)) >= kReleaseGil;
  if constexpr (std::is_void_v<Result>) {
    {
      GilRelease release(heavy);
      function(std::get<I>(values)...);
    }
    Py_RETURN_NONE;
  } else {
    Result result = [&] {
      GilRelease release(heavy);
      return function(std::get<I>(values)...);
    }();
    return give(std::move(result));
  }
}

/// One for all functions of a signature: one for each took 0.1 MB more.
template <class Result, class... Params>
[[gnu::noinline]] PyObject* call(Result (*function)(Params...), const char* name,
                                 PyObject* const* args, Py_ssize_t count) noexcept {
  try {
    return call_with(function, name, std::index_sequence_for<Params...>{}, args, count);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

template <auto Function, Name name>
PyObject* plain_entry(PyObject* const* args, Py_ssize_t count) noexcept {
  return call(+Function, name.text, args, count);
}
template <auto Function, Name name>
PyObject* entry(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
  if (recording_calls) [[unlikely]]
    return recorded_call(name.text, plain_entry<Function, name>, args, count);
  return plain_entry<Function, name>(args, count);
}

/// A row of a PyMethodDef table: def<ops::add, "add(x1, x2, out)">().
template <auto Function, Name name>
PyMethodDef def() {
  return {name.text,
          reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(entry<Function, name>)),
          METH_FASTCALL, nullptr};
}

}  // namespace gm::bind
