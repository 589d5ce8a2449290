#include "ops/attention.h"

#include <utility>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/attention.h"

namespace gm::ops {

namespace {

constexpr const char* kName = "scaled_dot_product_attention";

void check_operand(const char* name, const Array& x, const Array& query) {
  check_type(x.dtype() == query.dtype(), kName, ": ", name, " is ", x.dtype(), ", but query is ",
             query.dtype());
  check(x.rank() >= 2, kName, ": ", name, " of shape ", x.shape(), " has fewer than 2 dimensions");
  check(x.device() == query.device(), kName, ": operands are on different devices");
}

int64_t size_from_end(const Array& x, int back) { return x.size(x.rank() - back); }

/// The axes before the last `behind`.
Shape leading(const Array& x, int behind) { return Shape(x.view().shape, x.rank() - behind); }

Shape joined(Shape shape, std::initializer_list<int64_t> sizes) {
  for (int64_t size : sizes) shape.push_back(size);
  return shape;
}

/// Elements within a row side by side.
Array dense_rows(const Array& x) {
  return x.size(x.rank() - 1) <= 1 || x.stride(x.rank() - 1) == 1 ? x : x.contiguous();
}

/// Whether the rows of x's heads lie side by side, as a projection leaves them.
bool side_by_side(const Array& x) {
  if (x.rank() < 3 || size_from_end(x, 3) <= 1) return false;
  const int64_t columns = size_from_end(x, 1);
  return x.stride(x.rank() - 3) == columns &&
         x.stride(x.rank() - 2) >= size_from_end(x, 3) * columns;
}

/// A result of `shape`; with its heads side by side where those of `like` are, so that joining them
/// again copies nothing.
Array result_like(const Array& like, const Shape& shape) {
  const int rank = shape.rank();
  if (rank < 3 || !side_by_side(like)) return Array::empty(shape, like.dtype(), like.device());
  Shape memory = shape, axes = shape;
  for (int d = 0; d < rank; ++d) axes[d] = d;
  std::swap(memory[rank - 3], memory[rank - 2]);
  std::swap(axes[rank - 3], axes[rank - 2]);
  return Array::empty(memory, like.dtype(), like.device()).permute(kName, axes);
}

AttentionResult written(const Array& x) {
  return {x.data(), x.is_contiguous() ? 1 : size_from_end(x, 3)};
}

/// Everything the kernel is told, and the arrays that keep its memory alive.
struct Call {
  AttentionArgs args{};
  Shape heads;     // the batch and the query heads
  Shape kv_heads;  // the batch and the key/value heads
  Array q, k, v, g, mask;
};

/// An operand broadcast to heads × matrix, its heads split in (key/value heads, groups) where
/// `split`.
AttentionOperand operand(const Call& call, const Array& x, const Shape& shape, bool split) {
  const Array view = x.broadcast_to(kName, shape);
  AttentionOperand result{};
  result.data = x.data();
  const int rank = call.args.batch_rank;
  for (int d = 0; d < rank; ++d) result.batch[d] = view.stride(d);
  if (split && call.args.groups > 1) {
    result.group = view.stride(rank - 1);
    result.batch[rank - 1] *= call.args.groups;
  }
  result.row = view.stride(view.rank() - 2);
  return result;
}

Call prepare(const Array& q, const Array& k, const Array& v, bool causal, double scale, bool gqa,
             const Array* mask) {
  check_type(q.dtype() == DType::Float32 || q.dtype() == DType::Float64, kName,
             ": expected float32 or float64, got ", q.dtype());
  check_operand("query", q, q);
  check_operand("key", k, q);
  check_operand("value", v, q);
  check(size_from_end(k, 1) == size_from_end(q, 1), kName, ": query of shape ", q.shape(), " has ",
        (long long)size_from_end(q, 1), " features, but key of shape ", k.shape(), " has ",
        (long long)size_from_end(k, 1));
  check(size_from_end(k, 2) == size_from_end(v, 2), kName, ": key of shape ", k.shape(), " has ",
        (long long)size_from_end(k, 2), " rows, but value of shape ", v.shape(), " has ",
        (long long)size_from_end(v, 2));

  Call call;
  AttentionArgs& args = call.args;
  args.groups = 1;
  if (gqa) {
    check(q.rank() >= 3 && k.rank() >= 3 && v.rank() >= 3, kName,
          ": with enable_gqa expected at least 3 dimensions, got shapes ", q.shape(), ", ",
          k.shape(), " and ", v.shape());
    const int64_t heads = size_from_end(q, 3), shared = size_from_end(k, 3);
    check(size_from_end(v, 3) == shared, kName, ": key of shape ", k.shape(), " has ",
          (long long)shared, " heads, but value of shape ", v.shape(), " has ",
          (long long)size_from_end(v, 3));
    check(shared > 0 && heads % shared == 0, kName, ": the ", (long long)heads,
          " heads of query are no multiple of the ", (long long)shared, " heads of key");
    const Shape batch =
        broadcast(kName, broadcast(kName, leading(q, 3), leading(k, 3)), leading(v, 3));
    call.heads = joined(batch, {heads});
    call.kv_heads = joined(batch, {shared});
    args.groups = heads / shared;
  } else {
    call.heads = broadcast(kName, broadcast(kName, leading(q, 2), leading(k, 2)), leading(v, 2));
    call.kv_heads = call.heads;
  }
  args.dtype = q.dtype();
  args.batch_rank = call.kv_heads.rank();
  for (int d = 0; d < args.batch_rank; ++d) args.batch_shape[d] = call.kv_heads[d];
  args.queries = size_from_end(q, 2);
  args.keys = size_from_end(k, 2);
  args.features = size_from_end(q, 1);
  args.values = size_from_end(v, 1);
  args.causal = causal;
  args.scale = scale;
  call.q = dense_rows(q);
  call.k = dense_rows(k);
  call.v = dense_rows(v);
  args.q = operand(call, call.q, joined(call.heads, {args.queries, args.features}), true);
  args.k = operand(call, call.k, joined(call.kv_heads, {args.keys, args.features}), false);
  args.v = operand(call, call.v, joined(call.kv_heads, {args.keys, args.values}), false);
  if (mask) {
    check_type(mask->dtype() == DType::Bool || mask->dtype() == q.dtype(), kName,
               ": expected attn_mask of bool or ", q.dtype(), ", got ", mask->dtype());
    check(mask->device() == q.device(), kName, ": operands are on different devices");
    const Shape shape = joined(call.heads, {args.queries, args.keys});
    call.mask = *mask;
    args.mask = operand(call, *mask, shape, true);
    args.mask_column = mask->broadcast_to(kName, shape).stride(shape.rank() - 1);
    args.mask_bool = mask->dtype() == DType::Bool;
  }
  return call;
}

}  // namespace

std::tuple<Array, Array> attention(const Array& q, const Array& k, const Array& v, bool causal,
                                   double scale, bool gqa, const Array* mask) {
  Call call = prepare(q, k, v, causal, scale, gqa, mask);
  AttentionArgs& args = call.args;
  const Array out = result_like(q, joined(call.heads, {args.queries, args.values}));
  const Array rows = Array::empty(joined(call.heads, {2, args.queries}), q.dtype(), q.device());
  args.out = written(out);
  args.rows = rows.data();
  if (rows.numel() > 0)
    launch(
        kName, q.device(),
        [args, kernel = attention_table(kName, q.device()).forward] { kernel(args); }, call, out,
        rows);
  return {out, rows};
}

void attention_check(const Array& q, const Array& k, const Array& v, bool gqa, const Array* mask) {
  prepare(q, k, v, false, 1, gqa, mask);
}

std::tuple<Array, Array, Array> attention_backward(const Array& g, const Array& q, const Array& k,
                                                   const Array& v, const Array& out,
                                                   const Array& rows, bool causal, double scale,
                                                   bool gqa, const Array* mask) {
  Call call = prepare(q, k, v, causal, scale, gqa, mask);
  AttentionArgs& args = call.args;
  const Shape shape = joined(call.heads, {args.queries, args.values});
  call.g = dense_rows(g.astype(q.dtype()).broadcast_to(kName, shape));
  args.g = operand(call, call.g, shape, true);
  args.out = written(out);
  args.rows = rows.data();
  const Shape dk_shape = joined(call.kv_heads, {args.keys, args.features});
  const Shape dv_shape = joined(call.kv_heads, {args.keys, args.values});
  if (rows.numel() == 0)
    return {Array::zeros(joined(call.heads, {args.queries, args.features}), q.dtype(), q.device()),
            Array::zeros(dk_shape, q.dtype(), q.device()),
            Array::zeros(dv_shape, q.dtype(), q.device())};
  const Array dq = result_like(q, joined(call.heads, {args.queries, args.features}));
  const Array dk = result_like(k, dk_shape), dv = result_like(v, dv_shape);
  args.dq = written(dq);
  args.dk = written(dk);
  args.dv = written(dv);
  const AttentionKernels& table = attention_table(kName, q.device());
  const int64_t bytes = table.workspace(args);
  const StorageRef workspace = bytes ? allocate(size_t(bytes), q.device()) : StorageRef();
  void* memory = bytes ? workspace->data : nullptr;
  launch(
      "scaled_dot_product_attention_backward", q.device(),
      [args, memory, kernel = table.backward] { kernel(args, memory); }, call, out, rows, dq, dk,
      dv, workspace);
  return {dq, dk, dv};
}

}  // namespace gm::ops
