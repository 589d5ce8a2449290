// The rules of kernels/optim.cpp, on the façade of cuda/isa.
#include "kernels/optim.cpp"  // NOLINT
