// isa/parallel.h for CUDA: a thread for each piece. The body is a struct, not a lambda: CUDA starts
// no kernels of closures.
#pragma once

#include "cuda/runtime.h"

namespace gm::GM_ISA {
namespace {

template <class Body>
__global__ void run_pieces(Body body, int64_t pieces) {
  for (int64_t i = first_piece(); i < pieces; i += piece_step()) body(i);
}
template <class Body>
inline void parallel_for(int64_t pieces, int64_t, const Body& body) {
  if (pieces > 0) start(run_pieces<Body>, blocks_for(pieces), kThreads, body, pieces);
}

}  // namespace
}  // namespace gm::GM_ISA
