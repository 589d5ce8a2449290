// The rows of kernels/binary.cpp, on the façade of cuda/isa.
#include "kernels/binary.cpp"  // NOLINT
