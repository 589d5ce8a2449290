// Recording of the calls that one thread makes into _C, so that they can be made again as a flat
// list: what nn.utils.prepare plans from. Everything here happens with the GIL held.
#pragma once

#include <Python.h>

namespace gm::bind {

/// Whether anything is being recorded, by any thread.
extern bool recording_calls;

using PlainCall = PyObject* (*)(PyObject* const* args, Py_ssize_t count);
/// plain(args, count), noted down if this thread records.
PyObject* recorded_call(const char* name, PlainCall plain, PyObject* const* args,
                        Py_ssize_t count) noexcept;
/// Notes that `array` came to be, in whatever thread.
void record_birth(PyObject* array) noexcept;
/// Notes that something not recorded looks into `array`: a buffer, a capsule, a number taken out.
void record_look(const char* name, PyObject* array) noexcept;

extern PyMethodDef record_methods[];

}  // namespace gm::bind
