// The rows of kernels/binary_integer.cpp, on the façade of cuda/isa.
#include "kernels/binary_integer.cpp"  // NOLINT
