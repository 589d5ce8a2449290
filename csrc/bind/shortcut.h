// Which functions of the package have a shorter way than through Python.
#pragma once

#include <Python.h>

#include "ops/operand.h"

namespace gm::bind {

struct Shortcut {
  const char* name;
  /// The result, or nullptr and no error set where these arguments must go Python's way.
  PyObject* (*take)(const Shortcut&, PyObject* const* args, Py_ssize_t count);
  Array (*of_one)(const Array&, const Array* out) = nullptr;
  Array (*of_two)(const Operand&, const Operand&, const Array* out) = nullptr;
};

/// Of a function of gemmule or gemmule.nn.functional, or of a method "Tensor.add"; or nullptr.
const Shortcut* shortcut_of(const char* path);

extern PyMethodDef shortcut_methods[];

}  // namespace gm::bind
