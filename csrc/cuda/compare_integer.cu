// The rows of kernels/compare_integer.cpp, on the façade of cuda/isa.
#include "kernels/compare_integer.cpp"  // NOLINT
