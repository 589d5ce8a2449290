// A public function of the package, which lets its errors be told in its own name.
//
//   function(f, "std", "std", "gemmule")     calls f; where f raises, the hook may say it anew
//
// What f raises comes from wherever its work is done: "var_mean: expected …" from a kernel's
// checks, "could not convert string to float: 'a'" from Python. Only here is it known what was
// called, with which arguments, and only an error asks. A call that succeeds costs one more jump.
#include <Python.h>
#include <structmember.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "bind/shortcut.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

PyObject* hook;  // told(function, error, args, kwargs): another exception to raise, or None

struct Function {
  PyObject_HEAD vectorcallfunc call;
  vectorcallfunc inner_call;                      // of `inner`, or nullptr
  const Shortcut* shortcut;                       // or nullptr
  PyObject *inner, *name, *path, *module, *weak;  // path: its __qualname__
};

Function* self_of(PyObject* object) { return reinterpret_cast<Function*>(object); }

/// Lets the hook tell the error that is set.
[[gnu::cold, gnu::noinline]] void tell(PyObject* self, PyObject* const* args, size_t flags,
                                       PyObject* names) {
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  if (error && trace) PyException_SetTraceback(error, trace);
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  const Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
  PyObject* positions = PyTuple_New(count);
  PyObject* keywords = PyDict_New();
  PyObject *other = nullptr, *stop_type = nullptr, *stop = nullptr, *stop_trace = nullptr;
  if (hook && error && positions && keywords) {
    for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(positions, i, Py_NewRef(args[i]));
    for (Py_ssize_t i = 0; i < named; ++i)
      PyDict_SetItem(keywords, PyTuple_GET_ITEM(names, i), args[count + i]);
    other = PyObject_CallFunctionObjArgs(hook, self, error, positions, keywords, nullptr);
  }
  if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
    PyErr_Fetch(&stop_type, &stop, &stop_trace);  // not the hook's, but the user's
  PyErr_Clear();                                  // a hook that fails leaves the error as it was
  Py_XDECREF(positions);
  Py_XDECREF(keywords);
  if (other && PyExceptionInstance_Check(other)) {
    Py_XDECREF(type);
    Py_XDECREF(error);
    type = Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(other)));
    error = Py_NewRef(other);
  }
  Py_XDECREF(other);
  if (stop_type) {
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    PyErr_Restore(stop_type, stop, stop_trace);
    return;
  }
  PyErr_Restore(type, error, trace);
}

PyObject* call(PyObject* self, PyObject* const* args, size_t flags, PyObject* names) {
  const Function* function = self_of(self);
  if (function->shortcut && !names) {
    PyObject* made = function->shortcut->take(*function->shortcut, args, PyVectorcall_NARGS(flags));
    if (made) return made;
  }
  PyObject* result = function->inner_call
                         ? function->inner_call(function->inner, args, flags, names)
                         : PyObject_Vectorcall(function->inner, args, flags, names);
  if (!result) [[unlikely]]
    tell(self, args, flags, names);
  return result;
}

PyObject* bound(PyObject* self, PyObject* object, PyObject*) {
  return object ? PyMethod_New(self, object) : Py_NewRef(self);
}

/// What inspect, help and the like ask is asked of the inner function, its class included.
PyObject* attribute(PyObject* self, PyObject* name) {
  const char* text = PyUnicode_AsUTF8(name);
  if (!text) return nullptr;
  const Function* function = self_of(self);
  const auto is = [text](const char* other) { return std::strcmp(text, other) == 0; };
  if (is("__name__")) return Py_NewRef(function->name);
  if (is("__qualname__")) return Py_NewRef(function->path);
  if (is("__module__")) return Py_NewRef(function->module);
  if (is("__wrapped__")) return Py_NewRef(function->inner);
  if (is("__reduce__") || is("__reduce_ex__")) return PyObject_GenericGetAttr(self, name);
  return PyObject_GetAttr(function->inner, name);
}
int set_attribute(PyObject* self, PyObject* name, PyObject* value) {
  return PyObject_SetAttr(self_of(self)->inner, name, value);
}

PyObject* repr(PyObject* self) { return PyObject_Repr(self_of(self)->inner); }

/// Where a pickle finds it, as other functions say it.
PyObject* reduce(PyObject* self, PyObject*) { return Py_NewRef(self_of(self)->path); }

/// For help(), which asks the type and not the object.
PyObject* documentation(PyObject* self, void*) {
  return PyObject_GetAttrString(self_of(self)->inner, "__doc__");
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(self_of(self)->inner);
  return 0;
}
int clear(PyObject* self) {
  self_of(self)->inner_call = nullptr;
  self_of(self)->shortcut = nullptr;
  Py_XSETREF(self_of(self)->inner, Py_NewRef(Py_None));  // which may still be called, in vain
  return 0;
}
void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (self_of(self)->weak) PyObject_ClearWeakRefs(self);
  Py_CLEAR(self_of(self)->inner);
  Py_CLEAR(self_of(self)->name);
  Py_CLEAR(self_of(self)->path);
  Py_CLEAR(self_of(self)->module);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Function, call), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Function, weak), READONLY, nullptr},
    {},
};
PyGetSetDef properties[] = {
    {"__doc__", documentation, nullptr, nullptr, nullptr},
    {},
};
PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {"__reduce_ex__", reduce, METH_O, nullptr},
    {},
};
PyType_Slot slots[] = {
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_descr_get, reinterpret_cast<void*>(bound)},
    {Py_tp_getattro, reinterpret_cast<void*>(attribute)},
    {Py_tp_setattro, reinterpret_cast<void*>(set_attribute)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_members, members},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {},
};
PyType_Spec spec = {"gemmule._C.Function", sizeof(Function), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                        Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

PyTypeObject* type() {
  static PyTypeObject* made = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  return made;
}

/// The shortcut of what has this path in this module, or nullptr.
const Shortcut* shortcut(PyObject* path, PyObject* module) {
  for (const char* place : {"gemmule", "gemmule.tensor", "gemmule.nn.functional"})
    if (PyUnicode_CompareWithASCIIString(module, place) == 0) {
      const char* text = PyUnicode_AsUTF8(path);
      return text ? shortcut_of(text) : nullptr;
    }
  return nullptr;
}

/// function(inner, name, qualified name, module)
PyObject* function(PyObject*, PyObject* const* args, Py_ssize_t count) {
  const bool fits = count == 4 && PyCallable_Check(args[0]) && PyUnicode_Check(args[1]) &&
                    PyUnicode_Check(args[2]) && PyUnicode_Check(args[3]);
  if (!fits) {
    PyErr_SetString(PyExc_TypeError, "function: takes a callable, two names and a module's name");
    return nullptr;
  }
  Function* made = type() ? PyObject_GC_New(Function, type()) : nullptr;
  if (!made) return nullptr;
  made->call = call;
  made->inner_call = PyVectorcall_Function(args[0]);
  made->shortcut = shortcut(args[2], args[3]);
  made->inner = Py_NewRef(args[0]);
  made->name = Py_NewRef(args[1]);
  made->path = Py_NewRef(args[2]);
  made->module = Py_NewRef(args[3]);
  made->weak = nullptr;
  PyObject_GC_Track(made);
  return reinterpret_cast<PyObject*>(made);
}

/// tell_errors(hook): from now on, errors of functions are told by it.
PyObject* tell_errors(PyObject*, PyObject* told) {
  Py_XSETREF(hook, Py_NewRef(told));
  Py_RETURN_NONE;
}

}  // namespace

PyMethodDef function_methods[] = {
    {"function", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)),
     METH_FASTCALL, nullptr},
    {"tell_errors", tell_errors, METH_O, nullptr},
    {},
};

}  // namespace gm::bind
