// Small calls on Tensors that record nothing, straight from Python's slots to the operation.
//
// Python's way to `x[3]` looks up `__getitem__`, calls it, and there _C.getitem and wrap: three
// calls, each with arguments to count and to convert. Where a Tensor is of no subclass and nothing
// needs a gradient, all that is decided here. Whatever is not as plain as that (other operands,
// many elements, errors) goes Python's way: the functions of gemmule.ops say all that an operation
// does, and what stands here is a shorter way to it.
#include "bind/shortcut.h"

#include <cstddef>
#include <cstring>

#include "bind/fastcall.h"
#include "bind/tensor.h"
#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/index.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/shape.h"
#include "ops/unary.h"

namespace gm::bind {

namespace {

using Binary = Array (*)(const Operand&, const Operand&, const Array*);

int held = 0;  // contexts in which operations do more than compute
bool open() { return !recording_calls && held == 0; }

/// The Array of a Tensor that records nothing, or nullptr; many elements take the longer way.
const Array* plain(PyObject* object) {
  if (!is_plain_tensor(object)) return nullptr;
  const auto* tensor = reinterpret_cast<TensorObject*>(object);
  return !tensor->tracked && is_array(tensor->array) ? &unwrap(tensor->array) : nullptr;
}
const Array* plain_small(PyObject* object) {
  const Array* array = plain(object);
  return array && array->numel() < kReleaseGil / 2 ? array : nullptr;
}
bool is_number(PyObject* object) { return PyFloat_CheckExact(object) || PyLong_CheckExact(object); }

/// compute() as a Tensor; nullptr where it fails, which Python's way will say better.
template <class Compute>
PyObject* attempt(const Compute& compute) noexcept {
  try {
    Array made = compute();
    return made ? wrap_tensor(std::move(made)) : nullptr;
  } catch (...) {
    PyErr_Clear();
    return nullptr;
  }
}

/// compute(a, b) of two operands of which one is a Tensor; nullptr where these are others.
PyObject* of_two(PyObject* a, PyObject* b, Binary compute) noexcept {
  if (!open()) return nullptr;
  const Array *x = plain_small(a), *y = plain_small(b);
  if (!(x ? y || is_number(b) : y && is_number(a))) return nullptr;
  return attempt([&] {
    return compute(x ? Operand(*x) : to_operand("", 1, a), y ? Operand(*y) : to_operand("", 2, b),
                   nullptr);
  });
}

// ---- the functions of these names, for positional arguments ------------------------------------

PyObject* unary(const Shortcut& row, PyObject* const* args, Py_ssize_t count) {
  const Array* x = count == 1 && open() ? plain_small(args[0]) : nullptr;
  if (!x) return nullptr;
  return attempt([&] { return row.of_one(*x, nullptr); });
}

/// Of floats; integers become another dtype by rules that Python knows.
template <auto reduce>
Array reduced(const Array& x, const Array*) {
  return is_float(x.dtype()) ? reduce(x, std::nullopt, false, std::nullopt) : Array();
}
Array copied(const Array& x, const Array*) { return x.copy(); }

PyObject* binary(const Shortcut& row, PyObject* const* args, Py_ssize_t count) {
  return count == 2 ? of_two(args[0], args[1], row.of_two) : nullptr;
}

PyObject* product(PyObject* a, PyObject* b) {
  const Array *x = open() ? plain_small(a) : nullptr, *y = plain_small(b);
  return x && y ? attempt([&] { return ops::matmul(*x, *y); }) : nullptr;
}
PyObject* matmul(const Shortcut&, PyObject* const* args, Py_ssize_t count) {
  return count == 2 ? product(args[0], args[1]) : nullptr;
}

/// Of ints, or of one tuple of them; false where it is something else.
bool to_sizes(PyObject* const* items, Py_ssize_t count, Shape& shape) {
  if (count == 1 && PyTuple_CheckExact(items[0])) {
    count = PyTuple_GET_SIZE(items[0]);
    items = reinterpret_cast<PyTupleObject*>(items[0])->ob_item;
  }
  if (count > kMaxRank) return false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    int overflow = 1;
    const int64_t size =
        PyLong_CheckExact(items[i]) ? PyLong_AsLongLongAndOverflow(items[i], &overflow) : 0;
    if (overflow) return false;
    shape.push_back(size);
  }
  return true;
}

PyObject* reshape_method(const Shortcut&, PyObject* const* args, Py_ssize_t count) {
  const Array* x = count > 1 && open() ? plain(args[0]) : nullptr;
  Shape shape;
  if (!x || !(x->is_contiguous() || plain_small(args[0])) || !to_sizes(args + 1, count - 1, shape))
    return nullptr;
  return attempt([&] { return x->reshape("reshape", shape); });
}
/// The function takes one shape, where the method takes sizes as well.
PyObject* reshape(const Shortcut& row, PyObject* const* args, Py_ssize_t count) {
  return count == 2 ? reshape_method(row, args, count) : nullptr;
}

PyObject* transpose(const Shortcut&, PyObject* const* args, Py_ssize_t count) {
  const Array* x = count == 3 && open() ? plain(args[0]) : nullptr;
  Shape axes;
  if (!x || !to_sizes(args + 1, 2, axes)) return nullptr;
  const int first = int(axes[0]), second = int(axes[1]);
  if (first != axes[0] || second != axes[1]) return nullptr;
  return attempt([&] { return ops::transpose(*x, first, second); });
}

const Shortcut kShortcuts[] = {
    {"Tensor.reshape", reshape_method},
    {"abs", unary, ops::absolute},
    {"add", binary, nullptr, ops::add},
    {"clone", unary, copied},
    {"div", binary, nullptr, ops::divide},
    {"divide", binary, nullptr, ops::divide},
    {"exp", unary, ops::exp},
    {"log", unary, ops::log},
    {"matmul", matmul},
    {"maximum", binary, nullptr, ops::maximum},
    {"mean", unary, reduced<ops::mean>},
    {"minimum", binary, nullptr, ops::minimum},
    {"mul", binary, nullptr, ops::multiply},
    {"multiply", binary, nullptr, ops::multiply},
    {"relu", unary, ops::relu},
    {"reshape", reshape},
    {"sigmoid", unary, ops::sigmoid},
    {"sqrt", unary, ops::sqrt},
    {"square", unary, ops::square},
    {"sub", binary, nullptr, ops::subtract},
    {"subtract", binary, nullptr, ops::subtract},
    {"sum", unary, reduced<ops::sum>},
    {"tanh", unary, ops::tanh},
    {"transpose", transpose},
};

// ---- slots -------------------------------------------------------------------------------------

/// Puts `fast` into a slot of gemmule.Tensor; what stood there is its `slow`.
template <class Slot>
void put(Slot& slot, Slot fast, Slot& slow) {
  slow = std::exchange(slot, fast);
}

using NumberSlot = binaryfunc PyNumberMethods::*;

/// An operator's methods. Python's own function for its slot asks whether it still stands there.
struct Names {
  PyObject *method, *reflected;
};
PyObject* by_method(NumberSlot slot, const Names& names, PyObject* a, PyObject* b) {
  const PyNumberMethods* number = Py_TYPE(a)->tp_as_number;
  const bool first = number && number->*slot == tensor_type->tp_as_number->*slot;
  PyObject* args[] = {first ? a : b, first ? b : a};
  return PyObject_VectorcallMethod(first ? names.method : names.reflected, args, 2, nullptr);
}

template <NumberSlot slot, auto compute>
struct Operator {
  static inline Names names;
  static PyObject* fast(PyObject* a, PyObject* b) {
    PyObject* made = compute(a, b);
    return made ? made : by_method(slot, names, a, b);
  }
  static void put(const char* method, const char* reflected) {
    names = {PyUnicode_InternFromString(method), PyUnicode_InternFromString(reflected)};
    if (names.method && names.reflected) tensor_type->tp_as_number->*slot = fast;
  }
};

template <Binary op>
PyObject* compute_two(PyObject* a, PyObject* b) {
  return of_two(a, b, op);
}

unaryfunc slow_negative;
PyObject* fast_negative(PyObject* a) {
  const Array* x = open() ? plain_small(a) : nullptr;
  PyObject* made = x ? attempt([&] { return ops::negative(*x, nullptr); }) : nullptr;
  return made ? made : slow_negative(a);
}

template <Array (*compare)(const Operand&, const Operand&)>
Array question(const Operand& a, const Operand& b, const Array*) {
  return compare(a, b);
}

richcmpfunc slow_compare;
PyObject* fast_compare(PyObject* a, PyObject* b, int which) {
  static constexpr Binary operations[] = {question<ops::less>,    question<ops::less_equal>,
                                          question<ops::equal>,   question<ops::not_equal>,
                                          question<ops::greater>, question<ops::greater_equal>};
  PyObject* made = of_two(a, b, operations[which]);
  return made ? made : slow_compare(a, b, which);
}

// ---- x[key] ------------------------------------------------------------------------------------

using ops::IndexItem;
using ops::IndexKey;

/// One item of a key that gives a view; false where it may be something else.
bool to_item(PyObject* object, IndexItem& item) {
  if (PyLong_CheckExact(object)) {
    int overflow;
    item.kind = IndexItem::Kind::Int;
    item.start = PyLong_AsLongLongAndOverflow(object, &overflow);
    return !overflow;
  }
  if (PySlice_Check(object)) {
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(object, &start, &stop, &step) < 0) {
      PyErr_Clear();
      return false;
    }
    item = {IndexItem::Kind::Slice, start, stop, step};
    return true;
  }
  item.kind = object == Py_None ? IndexItem::Kind::NewAxis : IndexItem::Kind::Ellipsis;
  return object == Py_None || object == Py_Ellipsis;
}

bool to_key(PyObject* object, IndexKey& key) {
  if (!PyTuple_CheckExact(object)) {
    key.count = 1;
    return to_item(object, key.items[0]);
  }
  if (PyTuple_GET_SIZE(object) > IndexKey::kMost) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i)
    if (!to_item(PyTuple_GET_ITEM(object, i), key.items[key.count++])) return false;
  return true;
}

binaryfunc slow_subscript;
PyObject* fast_subscript(PyObject* self, PyObject* key) {
  const Array* x = open() ? plain(self) : nullptr;
  if (!x) return slow_subscript(self, key);
  if (PyLong_CheckExact(key) && x->rank() > 0) {
    int overflow;
    int64_t position = PyLong_AsLongLongAndOverflow(key, &overflow);
    if (position < 0) position += x->size(0);
    if (position >= 0 && position < x->size(0) && !overflow)
      return make_tensor([&](Array* place) { new (place) Array(x->row(position)); });
  }
  IndexKey items;
  PyObject* made = to_key(key, items) ? attempt([&] { return ops::getitem(*x, items); }) : nullptr;
  return made ? made : slow_subscript(self, key);
}

objobjargproc slow_assign;
int fast_assign(PyObject* self, PyObject* key, PyObject* value) {
  const Array* x = open() && value ? plain_small(self) : nullptr;
  const Array* from = x ? plain_small(value) : nullptr;
  IndexKey items;
  if (x && (from || is_number(value)) && to_key(key, items)) {
    try {
      ops::setitem(*x, items, from ? Operand(*from) : to_operand("", 3, value));
      return 0;
    } catch (...) {
      PyErr_Clear();
    }
  }
  return slow_assign(self, key, value);
}

/// hasten(type): the slots of gemmule.Tensor, once all its methods are in place. Subclasses, made
/// later, take their own by the methods that they find.
PyObject* hasten(PyObject*, PyObject* object) {
  auto* type = reinterpret_cast<PyTypeObject*>(object);
  if (type != tensor_type) {
    PyErr_SetString(PyExc_TypeError, "hasten: expected gemmule.Tensor");
    return nullptr;
  }
  static PyTypeObject* hastened;  // gemmule loaded anew: methods may have been replaced since
  if (type == hastened) Py_RETURN_NONE;
  hastened = type;
  using Number = PyNumberMethods;
  Operator<&Number::nb_add, compute_two<ops::add>>::put("__add__", "__radd__");
  Operator<&Number::nb_subtract, compute_two<ops::subtract>>::put("__sub__", "__rsub__");
  Operator<&Number::nb_multiply, compute_two<ops::multiply>>::put("__mul__", "__rmul__");
  Operator<&Number::nb_true_divide, compute_two<ops::divide>>::put("__truediv__", "__rtruediv__");
  Operator<&Number::nb_matrix_multiply, product>::put("__matmul__", "__rmatmul__");
  put(type->tp_as_number->nb_negative, fast_negative, slow_negative);
  put(type->tp_richcompare, fast_compare, slow_compare);
  put(type->tp_as_mapping->mp_subscript, fast_subscript, slow_subscript);
  put(type->tp_as_mapping->mp_ass_subscript, fast_assign, slow_assign);
  Py_RETURN_NONE;
}

/// hold(step): 1 closes the shortcuts, in every thread, until as many -1 open them again.
PyObject* hold(PyObject*, PyObject* step) {
  const long change = PyLong_AsLong(step);
  if (change == -1 && PyErr_Occurred()) return nullptr;
  held += int(change);
  Py_RETURN_NONE;
}

}  // namespace

const Shortcut* shortcut_of(const char* path) {
  constexpr char method[] = "Tensor.";
  const bool is_method = std::strncmp(path, method, sizeof method - 1) == 0;
  const char* name = is_method ? path + sizeof method - 1 : path;
  for (const Shortcut& row : kShortcuts)  // where a method differs from its function, it is first
    if (std::strcmp(path, row.name) == 0 || std::strcmp(name, row.name) == 0) return &row;
  return nullptr;
}

PyMethodDef shortcut_methods[] = {
    {"hasten", hasten, METH_O, nullptr},
    {"hold_shortcuts", hold, METH_O, nullptr},
    {},
};

}  // namespace gm::bind
