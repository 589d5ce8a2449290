// Activations by number, for the functions that apply one to their result.
#pragma once

#include "capi/call.h"

namespace gm::capi {

/// Checked; the identity where none is given.
gemmule_activation read_activation(const char* op, const gemmule_activation* given);
Array activate(const Array& x, const gemmule_activation& activation);

}  // namespace gm::capi
