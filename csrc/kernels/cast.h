// Copies between any strides and conversions between dtypes.
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

/// loops: target, then source; they do not overlap.
using CopyFn = void (*)(const Loops& loops);

struct CastKernels {
  CopyFn copy;     ///< both of one item size: bytes are moved
  CopyFn convert;  ///< as C converts; see core/lines.h
};

GM_DEVICE_KERNEL_TABLE(CastKernels, cast)

}  // namespace gm
