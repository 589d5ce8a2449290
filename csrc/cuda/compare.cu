// The rows of kernels/compare.cpp, on the façade of cuda/isa.
#include "kernels/compare.cpp"  // NOLINT
