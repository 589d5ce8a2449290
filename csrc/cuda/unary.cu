// The rows of kernels/unary.cpp, on the façade of cuda/isa.
#include "kernels/unary.cpp"  // NOLINT
