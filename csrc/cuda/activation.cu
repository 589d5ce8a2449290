// The rows of kernels/activation.cpp, on the façade of cuda/isa.
#include "kernels/activation.cpp"  // NOLINT
