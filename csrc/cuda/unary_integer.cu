// The rows of kernels/unary_integer.cpp, on the façade of cuda/isa.
#include "kernels/unary_integer.cpp"  // NOLINT
