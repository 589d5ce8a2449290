// Whole products for other kernels to call: kernels/matmul.cpp compiles them, once for each ISA.
// The recurrences' own copy of them took 0.3 MB.
#pragma once

#include "gemm/cut.h"

namespace gm::GM_ISA {

template <class T>
struct Products {
  Cut (*cut)(const Product<T>&, bool whole);
  /// `workspace` holds cut.workspace bytes.
  void (*multiply)(const Product<T>&, const Cut&, void* workspace);
};
extern const Products<float> float_products;
extern const Products<double> double_products;

namespace {

constexpr const Products<float>& all_products(float) { return float_products; }
constexpr const Products<double>& all_products(double) { return double_products; }
template <class T>
constexpr const Products<T>& products = all_products(T());

}  // namespace
}  // namespace gm::GM_ISA
