// The operations of kernels/reduce.cpp, on the façade of cuda/isa.
#include "kernels/reduce.cpp"  // NOLINT
