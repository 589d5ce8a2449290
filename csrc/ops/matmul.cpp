#include "ops/matmul.h"

#include <string_view>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/matmul.h"
#include "ops/reduce.h"

namespace gm::ops {

namespace {

void check_floats(const char* op, const char* name, const Array& a, const Array& b) {
  check_type(is_float(a.dtype()), op, ": expected float32 or float64, got ", a.dtype());
  check_type(a.dtype() == b.dtype(), op, ": ", name, " is ", b.dtype(), ", but the input is ",
             a.dtype());
  check(a.device() == b.device(), op, ": operands are on different devices");
}

/// args with the matrices (the last two axes) of a, b and c, and nothing of the batch.
MatmulArgs matrices(const Array& a, const Array& b, const Array& c) {
  MatmulArgs args{};
  const int i = a.rank() - 2, j = b.rank() - 2, l = c.rank() - 2;
  args.dtype = c.dtype();
  if (args.dtype == DType::BFloat16) args.pairs = bfloat_pairs();
  args.m = c.size(l);
  args.n = c.size(l + 1);
  args.k = a.size(i + 1);
  args.a = a.data();
  args.a_row = a.stride(i);
  args.a_column = a.stride(i + 1);
  args.b = b.data();
  args.b_row = b.stride(j);
  args.b_column = b.stride(j + 1);
  args.c = c.data();
  args.c_row = c.stride(l);
  return args;
}

/// `used` are the arrays that args has the addresses of.
template <class... Used>
void run(const char* op, const MatmulArgs& args, Device device, const Used&... used) {
  const MatmulKernels& table = matmul_table(op, device);
  const int64_t bytes = table.workspace(args);
  const StorageRef workspace = bytes ? allocate(size_t(bytes), device) : StorageRef();
  void* memory = bytes ? workspace->data : nullptr;
  launch(
      op, device, [args, memory, kernel = table.run] { kernel(args, memory); }, workspace, used...);
}

/// The leading axes of `array`, all but `matrix` at the end.
Shape leading(const Array& array) { return Shape(array.view().shape, array.rank() - 2); }

Shape with_matrix(Shape shape, int64_t rows, int64_t columns) {
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

/// (…, m, k)·(…, k, n), both of at least two axes.
Array multiply(const Array& a, const Array& b) {
  const Shape batch = broadcast("matmul", leading(a), leading(b));
  const int64_t m = a.size(a.rank() - 2), k = a.size(a.rank() - 1), n = b.size(b.rank() - 1);
  Array c = Array::empty(with_matrix(batch, m, n), a.dtype(), a.device());
  if (c.numel() == 0) return c;
  if (b.rank() == 2 && a.rank() > 2) {
    // One matrix for the whole batch: one product with all rows below each other.
    const int64_t rows = c.numel() / n;
    const Array left = a.reshape("matmul", {rows, k});
    run("matmul", matrices(left, b, c.reshape("matmul", {rows, n})), a.device(), left, b, c);
    return c;
  }
  MatmulArgs args = matrices(a, b, c);
  const Array left = a.broadcast_to("matmul", with_matrix(batch, m, k));
  const Array right = b.broadcast_to("matmul", with_matrix(batch, k, n));
  args.batch_rank = batch.rank();
  for (int d = 0; d < batch.rank(); ++d) {
    args.batch_shape[d] = batch[d];
    args.a_batch[d] = left.stride(d);
    args.b_batch[d] = right.stride(d);
    args.c_batch[d] = c.stride(d);
  }
  run("matmul", args, a.device(), a, b, c);
  return c;
}

}  // namespace

Array matmul(const Array& a, const Array& b) {
  check_floats("matmul", "the right operand", a, b);
  check(a.rank() > 0 && b.rank() > 0, "matmul: expected at least one dimension, got shapes ",
        a.shape(), " and ", b.shape());
  Array left = a, right = b;
  if (a.rank() == 1) left = a.reshape("matmul", {1, a.size(0)});
  if (b.rank() == 1) right = b.reshape("matmul", {b.size(0), 1});
  check(left.size(left.rank() - 1) == right.size(right.rank() - 2), "matmul: shapes ", a.shape(),
        " and ", b.shape(), " do not match: ", (long long)left.size(left.rank() - 1),
        " columns meet ", (long long)right.size(right.rank() - 2), " rows");
  const Array c = multiply(left, right);
  if (a.rank() > 1 && b.rank() > 1) return c;
  Shape shape = c.shape();
  if (b.rank() == 1) shape.erase(shape.rank() - 1);
  if (a.rank() == 1) shape.erase(shape.rank() - 1 - (b.rank() > 1));
  return c.reshape("matmul", shape);
}

namespace {

bool is_half(const Array& a) { return a.dtype() == DType::Float16 || a.dtype() == DType::BFloat16; }

/// What is added to sums, as kernels read it: in float32, which sums are kept in, if it is 16-bit.
Array addend(const Array& a) {
  return is_half(a) ? a.astype(DType::Float32).contiguous() : a.contiguous();
}

/// bias as a row that kernels read, or empty.
Array checked_bias(const Array& weight, const Array* bias) {
  if (!bias) return Array();
  const int64_t out = weight.size(0);
  check_floats("linear", "bias", weight, *bias);
  check(bias->rank() == 1 && bias->size(0) == out, "linear: bias of shape ", bias->shape(),
        " does not fit ", (long long)out, " output features");
  return addend(*bias);
}

void check_weight(const Array& weight) {
  check(weight.rank() == 2, "linear: weight of shape ", weight.shape(), " is no matrix");
}

/// x of shape (…, in) times `weight` (in, out), by its strides or packed.
Array multiply_rows(const Array& x, const Array& weight, const PackedLinear* packed,
                    const Array& bias, const Epilogue& epilogue) {
  const int64_t in = weight.size(0), out = weight.size(1);
  check(x.rank() > 0, "linear: input has no dimensions");
  check(x.size(x.rank() - 1) == in, "linear: weight of shape ", Shape{out, in}, " takes ",
        (long long)in, " input features, but input of shape ", x.shape(), " has ",
        (long long)x.size(x.rank() - 1));
  Shape shape = x.shape();
  shape[shape.rank() - 1] = out;
  Array y = Array::empty(shape, x.dtype(), x.device());
  if (y.numel() == 0) return y;
  Array residual;
  if (epilogue.residual) {
    check_floats("linear", "residual", x, *epilogue.residual);
    check(epilogue.residual->shape() == shape, "linear: residual of shape ",
          epilogue.residual->shape(), " for a result of shape ", shape);
    residual = addend(*epilogue.residual);
  }
  const int64_t rows = y.numel() / out;
  const Array from = x.reshape("linear", {rows, in});
  MatmulArgs args = matrices(from, weight, y.reshape("linear", {rows, out}));
  args.bias = bias ? bias.data() : nullptr;
  args.residual = residual ? residual.data() : nullptr;
  if (packed) {
    args.packed_b = packed->packed.data();
    args.pairs = packed->pairs;
  }
  args.finish = epilogue.finish;
  args.slope = epilogue.slope;
  run("linear", args, x.device(), from, weight, packed ? packed->packed : Array(), bias, residual,
      y);
  return y;
}

}  // namespace

Array linear(const Array& x, const Array& weight, const Array* bias, const Epilogue& epilogue) {
  check_floats("linear", "weight", x, weight);
  check_weight(weight);
  return multiply_rows(x, weight.transposed(), nullptr, checked_bias(weight, bias), epilogue);
}

Finish finish_of(const char* name) {
  constexpr std::string_view names[] = {"none", "relu", "leaky_relu", "sigmoid",
                                        "tanh", "gelu", "gelu_tanh",  "silu"};
  int i = 0;
  for (const std::string_view known : names) {
    if (known == name) return Finish(i);
    ++i;
  }
  fail(ErrorKind::Value, "unknown activation \"", name, "\"");
}

Array linear(const Array& x, const Array& weight, const Array* bias) {
  return linear(x, weight, bias, Epilogue());
}

namespace {

/// All rows, one below the other.
Array as_matrix(const Array& x) {
  if (x.rank() == 2) return x;
  int64_t rows = 1;
  for (int d = 0; d + 1 < x.rank(); ++d) rows *= x.size(d);
  return x.reshape("linear", {rows, x.size(x.rank() - 1)});
}

}  // namespace

std::tuple<Array, Array, Array> linear_backward(const Array& g, const Array& x, const Array& weight,
                                                bool dx, bool dw, bool db) {
  // Y = X·Wᵀ + b: dX = G·W, dW = Gᵀ·X, db = Σ rows of G.
  const Array rows = as_matrix(g);
  return {dx ? matmul(g, weight) : Array(), dw ? matmul(rows.transposed(), as_matrix(x)) : Array(),
          db ? sum_to(rows, {rows.size(1)}, rows.dtype()) : Array()};
}

PackedLinear pack_linear(const Array& weight, const Array* bias) {
  check_floats("linear", "weight", weight, weight);
  check_weight(weight);
  PackedLinear packed{{},
                      checked_bias(weight, bias),
                      weight.size(1),
                      weight.size(0),
                      weight.dtype(),
                      running_isa(),
                      bfloat_pairs()};
  if (bias) packed.bias = packed.bias.copy();
  MatmulArgs args{};
  args.dtype = weight.dtype();
  args.pairs = packed.pairs;
  args.m = 1;
  args.n = packed.out;
  args.k = packed.in;
  args.b = weight.data();
  args.b_row = weight.stride(1);
  args.b_column = weight.stride(0);
  const MatmulKernels& table = matmul_table("linear", weight.device());
  packed.packed = Array::empty({table.packed_bytes(args)}, DType::UInt8, weight.device());
  launch(
      "linear", weight.device(),
      [args, to = packed.packed.data(), kernel = table.pack] { kernel(args, to); }, weight,
      packed.packed);
  return packed;
}

Array linear(const Array& x, const PackedLinear& weight, const Epilogue& epilogue) {
  check_type(x.dtype() == weight.dtype, "linear: weight is ", weight.dtype, ", but the input is ",
             x.dtype());
  if (running_isa() != weight.isa)
    fail(ErrorKind::Runtime, "linear: the weight was packed for ", name(weight.isa), ", but ",
         name(running_isa()), " runs now");
  // Its shape alone is read.
  View view{};
  view.dtype = weight.dtype;
  view.rank = 2;
  view.shape[0] = weight.in;
  view.shape[1] = weight.out;
  return multiply_rows(x, Array(StorageRef(), view), &weight, weight.bias, epilogue);
}

Array pack_linear_weight(const Array& weight) { return pack_linear(weight, nullptr).packed; }

Array linear_packed(const Array& x, const Array& packed, const Shape& weight, const Array* bias,
                    const Array* residual, const char* finish, double slope) {
  check(weight.rank() == 2, "linear: weight of shape ", weight, " is no matrix");
  MatmulArgs args{};
  args.dtype = x.dtype();
  args.pairs = bfloat_pairs();
  check_floats("linear", "input", x, x);
  args.m = 1;
  args.n = weight[0];
  args.k = weight[1];
  args.b_row = 1;
  args.b_column = args.k;
  if (packed.dtype() != DType::UInt8 || !packed.is_contiguous() ||
      packed.numel() != matmul_table("linear", x.device()).packed_bytes(args))
    fail(ErrorKind::Runtime, "linear: the packed weight is not one of shape ", weight, " for ",
         name(running_isa()));
  PackedLinear given{packed, {}, weight[1], weight[0], x.dtype(), running_isa(), args.pairs};
  if (bias) {
    check_floats("linear", "bias", x, *bias);
    check(bias->rank() == 1 && bias->size(0) == weight[0], "linear: bias of shape ", bias->shape(),
          " does not fit ", (long long)weight[0], " output features");
    given.bias = addend(*bias);
  }
  return linear(x, given, {finish_of(finish), slope, residual});
}

}  // namespace gm::ops
