#include "ops/embedding.h"

#include "core/error.h"
#include "core/launch.h"
#include "kernels/embedding.h"
#include "ops/operand.h"

namespace gm::ops {

namespace {

/// The indices as row-major int64, each in [0, rows).
Array checked_indices(const char* op, const Array& indices, int64_t rows, const char* what) {
  check_type(is_integer(indices.dtype()), op, ": indices are ", indices.dtype(),
             ", expected an integer dtype");
  check_on_host(op, indices.device());
  const Array flat = indices.astype(DType::Int64).contiguous();
  const auto* values = flat.data<const int64_t>();
  const int64_t count = flat.numel();
  const int64_t at = embedding_integer.first_outside(values, count, rows);
  if (at < count) [[unlikely]] {
    Shape position = indices.shape();
    int64_t rest = at;
    for (int i = indices.rank() - 1; i >= 0; --i) {
      position[i] = rest % indices.size(i);
      rest /= indices.size(i);
    }
    check_index(false, op, ": index ", (long long)values[at], " at position ", position,
                " is outside the ", (long long)rows, " ", what);
  }
  return flat;
}

/// Workspace for the positions of `count` indices by row.
struct Buckets {
  Buckets(int64_t rows, int64_t count)
      : start(Array::empty(Shape{rows + 1}, DType::Int64)),
        order(Array::empty(Shape{count}, DType::Int64)),
        view{rows, count, start.data<int64_t>(), order.data<int64_t>()} {}
  Array start, order;
  RowBuckets view;
};

void check_weight(const char* op, const Array& weight) {
  check(weight.rank() == 2, op, ": weight of shape ", weight.shape(), ", expected (rows, width)");
}

}  // namespace

Array embedding(const Array& weight, const Array& indices) {
  check_weight("embedding", weight);
  check(weight.device() == indices.device(),
        "embedding: weight and indices are on different devices");
  const Array flat = checked_indices("embedding", indices, weight.size(0), "rows of weight");
  const bool rows_whole = weight.stride(1) == 1 || weight.size(1) == 1;
  const Array table = rows_whole ? weight : weight.contiguous();
  Shape shape = indices.shape();
  shape.push_back(weight.size(1));
  Array out = Array::empty(shape, weight.dtype(), weight.device());
  const auto item = int64_t(itemsize(weight.dtype()));
  const EmbeddingKernels& kernels = embedding_table("embedding", weight.device());
  launch(
      "embedding", weight.device(),
      [item, kernel = kernels.gather](const Array& table, const Array& flat, const Array& out) {
        kernel({table.data(), table.stride(0) * item, flat.data<int64_t>(), flat.numel(),
                table.size(1) * item, out.data()});
      },
      table, flat, out);
  return out;
}

Array embedding_backward(const Array& grad, const Array& indices, int64_t rows, int64_t padding,
                         bool mean) {
  const char* op = "embedding_backward";
  check(grad.rank() == indices.rank() + 1, op, ": grad of shape ", grad.shape(),
        " for indices of shape ", indices.shape());
  check_type(is_float(grad.dtype()), op, ": grad is ", grad.dtype(), ", expected a float dtype");
  const Array values = grad.astype(compute_dtype(grad.dtype())).contiguous();
  const Array flat = checked_indices(op, indices, rows, "rows of weight");
  const int64_t width = grad.size(grad.rank() - 1);
  check(values.numel() == flat.numel() * width, op, ": grad of shape ", grad.shape(),
        " for indices of shape ", indices.shape());
  Array sums = Array::empty(Shape{rows, width}, values.dtype(), grad.device());
  const Buckets buckets(rows, flat.numel());
  const EmbeddingKernels& kernels = embedding_table(op, grad.device());
  launch(
      op, grad.device(),
      [=, kernel = kernels.sum](const Array& flat, const Buckets& buckets, const Array& values,
                                const Array& sums) {
        embedding_integer.bucket(flat.data<int64_t>(), buckets.view);
        kernel({buckets.view, values.data(), sums.data(), width, padding, mean, values.dtype()});
      },
      flat, buckets, values, sums);
  return sums;
}

void embedding_renorm(const Array& weight, const Array& indices, double most, double p) {
  const char* op = "embedding_renorm";
  check_weight(op, weight);
  check(p > 0, op, ": norm_type ", p, ", expected a positive number or infinity");
  check_type(weight.dtype() == DType::Float32 || weight.dtype() == DType::Float64, op,
             ": weight is ", weight.dtype(), ", expected float32 or float64");
  const Array flat = checked_indices(op, indices, weight.size(0), "rows of weight");
  mark_written(weight, op);
  const bool rows_whole = weight.stride(1) == 1 || weight.size(1) == 1;
  const Array table = rows_whole ? weight : weight.copy();
  const Buckets buckets(weight.size(0), flat.numel());
  const EmbeddingKernels& kernels = embedding_table(op, weight.device());
  launch(
      op, weight.device(),
      [=, kernel = kernels.renorm](const Array& flat, const Buckets& buckets, const Array& table) {
        embedding_integer.bucket(flat.data<int64_t>(), buckets.view);
        kernel(
            {buckets.view, table.data(), table.stride(0), table.size(1), most, p, table.dtype()});
      },
      flat, buckets, table);
  if (!rows_whole) copy_into(weight, table);
}

Array one_hot(const Array& indices, int64_t classes) {
  check(classes >= -1, "one_hot: num_classes ", (long long)classes,
        ", expected -1 or the number of classes");
  int64_t limit = classes;
  if (classes < 0) {
    check(indices.numel() > 0, "one_hot: num_classes cannot be told from no indices");
    limit = INT64_MAX;
  }
  const Array flat = checked_indices("one_hot", indices, limit, "classes");
  const auto* values = flat.data<const int64_t>();
  if (classes < 0) {
    classes = 0;
    for (int64_t i = 0; i < flat.numel(); ++i)
      if (values[i] >= classes) classes = values[i] + 1;
  }
  Shape shape = indices.shape();
  shape.push_back(classes);
  Array out = Array::empty(shape, DType::Int64, indices.device());
  launch(
      "one_hot", indices.device(),
      [classes](const Array& flat, const Array& out) {
        embedding_integer.one_hot(flat.data<int64_t>(), flat.numel(), classes, out.data<int64_t>());
      },
      flat, out);
  return out;
}

}  // namespace gm::ops
