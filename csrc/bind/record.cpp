#include "bind/record.h"

#include "bind/fastcall.h"

namespace gm::bind {

bool recording_calls = false;

namespace {

unsigned long recording_thread;
PyObject *calls, *births;  // lists

int64_t versions(PyObject* const* items, Py_ssize_t count) {
  int64_t sum = 0;
  for (Py_ssize_t i = 0; i < count; ++i)
    if (is_array(items[i]))
      sum += unwrap(items[i]).storage()->version.load(std::memory_order_acquire);
  return sum;
}

/// Takes over the reference to `entry`; what cannot be noted must not be replayed.
void append(PyObject* list, PyObject* entry) {
  if (!entry || PyList_Append(list, entry) < 0) Py_FatalError("gemmule: no memory to record calls");
  Py_DECREF(entry);
}

/// (name, arguments, result, whether an argument was written into)
void note(const char* name, PyObject* const* args, Py_ssize_t count, PyObject* result, bool wrote) {
  PyObject* given = PyTuple_New(count);
  for (Py_ssize_t i = 0; given && i < count; ++i) PyTuple_SET_ITEM(given, i, Py_NewRef(args[i]));
  append(calls, given ? Py_BuildValue("(sNOO)", name, given, result, wrote ? Py_True : Py_False)
                      : nullptr);
}

/// record(function): (what function() gives, its calls, the Arrays that came to be meanwhile, each
/// with the address and the version of its storage).
PyObject* record(PyObject*, PyObject* function) {
  if (recording_calls) {
    PyErr_SetString(PyExc_RuntimeError, "record: another recording is going on");
    return nullptr;
  }
  calls = PyList_New(0);
  births = PyList_New(0);
  PyObject* result = nullptr;
  if (calls && births) {
    recording_thread = PyThread_get_thread_ident();
    recording_calls = true;
    result = PyObject_CallNoArgs(function);
    recording_calls = false;
  }
  PyObject* all = result ? Py_BuildValue("(NOO)", result, calls, births) : nullptr;
  Py_CLEAR(calls);
  Py_CLEAR(births);
  return all;
}

}  // namespace

PyObject* recorded_call(const char* name, PlainCall plain, PyObject* const* args,
                        Py_ssize_t count) noexcept {
  if (PyThread_get_thread_ident() != recording_thread) return plain(args, count);
  const int64_t before = versions(args, count);
  PyObject* result = plain(args, count);
  if (result) note(name, args, count, result, versions(args, count) != before);
  return result;
}

void record_birth(PyObject* array) noexcept {
  Storage* storage = unwrap(array).storage().get();
  append(births, Py_BuildValue("(ONL)", array, PyLong_FromVoidPtr(storage),
                               static_cast<long long>(storage->version.load())));
}

void record_look(const char* name, PyObject* array) noexcept {
  if (PyThread_get_thread_ident() == recording_thread) note(name, &array, 1, Py_None, false);
}

PyMethodDef record_methods[] = {
    {"record", record, METH_O, nullptr},
    {},
};

}  // namespace gm::bind
