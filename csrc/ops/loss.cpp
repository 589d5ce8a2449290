#include "ops/loss.h"

#include <cstring>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/loss.h"
#include "ops/operand.h"

namespace gm::ops {

namespace {

enum class Reduction { None, Mean, Sum };

Reduction read_reduction(const char* op, const char* name) {
  if (!std::strcmp(name, "mean")) return Reduction::Mean;
  if (!std::strcmp(name, "sum")) return Reduction::Sum;
  if (!std::strcmp(name, "none")) return Reduction::None;
  fail(ErrorKind::Value, op, ": expected reduction 'none', 'mean' or 'sum', got '", name, "'");
}

void check_same_dtype(const char* op, const Array& x, const char* name, const Array& other) {
  check_type(x.dtype() == other.dtype(), op, ": input is ", x.dtype(), ", but ", name, " is ",
             other.dtype());
}

/// In a dtype that kernels compute in, row-major.
Array plain(const Array& x) { return x.astype(compute_dtype(x.dtype())).contiguous(); }
Array maybe_plain(const Array* x) { return x ? plain(*x) : Array(); }

/// The gradient that came back, and what it is scaled by.
LossGradient incoming(const Array& g, Reduction reduction, double count, const Array& dx) {
  LossGradient gradient{};
  gradient.g = g.data();
  gradient.g_stride = reduction == Reduction::None;
  gradient.count = reduction == Reduction::Mean ? count : 1;
  gradient.dx = dx.data();
  return gradient;
}

// ---- labels -------------------------------------------------------------------------------------

/// Operands of a loss over classes, ready for the kernel.
struct Labelled {
  ClassLoss loss{};
  Array x, target, weight;
  Shape shape;  ///< of the labels and of the loss of each
};

Labelled read_labels(const char* op, const Array& x, const Array& target, const Array* weight,
                     int64_t ignored) {
  check_type(is_float(x.dtype()), op, ": expected a floating-point input, got ", x.dtype());
  check_type(is_integer(target.dtype()), op, ": expected integer labels, got ", target.dtype());
  check(x.rank() > 0, op, ": expected input of shape (C), (N, C) or (N, C, …), got a 0-d array");
  Labelled l;
  const int axis = x.rank() == 1 ? 0 : 1;
  ClassLoss& loss = l.loss;
  loss.outer = axis ? x.size(0) : 1;
  loss.classes = x.size(axis);
  check(loss.classes > 0, op, ": expected at least one class, got input of shape ", x.shape());
  loss.inner = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != axis) l.shape.push_back(x.size(i));
    if (i > axis) loss.inner *= x.size(i);
  }
  check(target.shape() == l.shape, op, ": labels of shape ", target.shape(),
        " do not fit input of shape ", x.shape(), ": expected ", l.shape);
  if (weight) {
    check_same_dtype(op, x, "weight", *weight);
    check(weight->shape() == Shape{loss.classes}, op, ": expected weight of shape ",
          Shape{loss.classes}, ", got ", weight->shape());
  }
  check_on_host(op, target.device());
  l.x = plain(x);
  l.target = target.astype(DType::Int64).contiguous();
  l.weight = maybe_plain(weight);
  loss.x = l.x.data();
  loss.target = l.target.data<int64_t>();
  loss.weight = l.weight ? l.weight.data() : nullptr;
  loss.dtype = l.x.dtype();
  loss.ignored = ignored;
  return l;
}

/// Before anything is written: every label names a class or is ignored. Gradients ask again: memory
/// shared with NumPy may have been written since, which no version counts.
void check_labels(const char* op, const Labelled& l) {
  const int64_t count = l.target.numel();
  const auto wrong = [&](int64_t label) {
    return uint64_t(label) >= uint64_t(l.loss.classes) && label != l.loss.ignored;
  };
  bool any = false;
  for (int64_t i = 0; i < count; ++i) any |= wrong(l.loss.target[i]);
  if (!any) return;
  for (int64_t i = 0; i < count; ++i)
    check_index(!wrong(l.loss.target[i]), op, ": label ", (long long)l.loss.target[i],
                " at position ", (long long)i, " is not in [0, ", (long long)l.loss.classes, ")");
}

/// A loss of each label or of all, and the sum of their weights.
struct Outcome {
  Array loss, divisor;
  LossResult result{};
};

Outcome outcome(const Labelled& l, Reduction reduction) {
  Outcome o;
  const bool each = reduction == Reduction::None;
  o.loss = Array::empty(each ? l.shape : Shape{}, l.loss.dtype, l.x.device());
  o.divisor = Array::empty({}, l.loss.dtype, l.x.device());
  o.result.each = each ? o.loss.data() : nullptr;
  o.result.total = each ? nullptr : o.loss.data();
  o.result.mean = reduction == Reduction::Mean;
  o.result.divisor = o.divisor.data();
  if (each) o.result.divisor = nullptr;
  return o;
}

LossGradient incoming(const Array& g, Reduction reduction, const Array& divisor, const Array& dx) {
  LossGradient gradient = incoming(g, reduction, 1, dx);
  if (reduction == Reduction::Mean) gradient.divisor = divisor.data();
  return gradient;
}

/// Bytes of a row up to which its gradient is taken with the loss. Of 1 KB to 1 MB that takes
/// 0.60–0.79 of the time of two visits, of 4 MB, which leave the cache in between, 0.9–1.03.
constexpr int64_t kLongestRow = 1 << 20;

}  // namespace

std::tuple<Array, Array, Array, Array, Array> cross_entropy(const Array& x, const Array& target,
                                                            const Array* weight, int64_t ignored,
                                                            double smoothing, const char* reduction,
                                                            bool gradient) {
  const char* op = "cross_entropy";
  const Reduction reduce = read_reduction(op, reduction);
  check(smoothing >= 0 && smoothing <= 1, op, ": expected label_smoothing in [0, 1], got ",
        smoothing);
  Labelled l = read_labels(op, x, target, weight, ignored);
  check_labels(op, l);
  const Array shift = Array::empty(l.shape, l.loss.dtype, x.device());
  const Array exp_sum = Array::empty(l.shape, l.loss.dtype, x.device());
  l.loss.smoothing = smoothing;
  l.loss.shift = shift.data();
  l.loss.exp_sum = exp_sum.data();
  Outcome o = outcome(l, reduce);
  Array dx;
  const int64_t row = l.loss.classes * int64_t(itemsize(l.loss.dtype));
  if (gradient && reduce != Reduction::None && l.loss.inner == 1 && row <= kLongestRow) {
    dx = Array::empty(x.shape(), l.loss.dtype, x.device());
    o.result.dx = dx.data();
  }
  const auto kernel = loss_table(op, x.device()).cross_entropy;
  launch(
      op, x.device(), [=, loss = l.loss, result = o.result] { kernel(loss, result); }, l, o, shift,
      exp_sum, dx);
  return {o.loss.astype(x.dtype()), shift, exp_sum, o.divisor, dx};
}

Array cross_entropy_backward(const Array& g, const Array& x, const Array& target,
                             const Array* weight, int64_t ignored, double smoothing,
                             const char* reduction, const Array& shift, const Array& exp_sum,
                             const Array& divisor, const Array* taken) {
  const char* op = "cross_entropy";
  Labelled l;
  if (taken) {  // nothing else is read again
    l.loss.dtype = taken->dtype();
    l.loss.outer = taken->numel();
  } else {
    l = read_labels(op, x, target, weight, ignored);
    check_labels(op, l);
    l.loss.smoothing = smoothing;
    l.loss.shift = shift.data();
    l.loss.exp_sum = exp_sum.data();
  }
  const Array from = g.astype(l.loss.dtype).contiguous();
  const Array dx = taken ? *taken : Array::empty(x.shape(), l.loss.dtype, x.device());
  LossGradient gradient = incoming(from, read_reduction(op, reduction), divisor, dx);
  gradient.scale = taken;
  const auto kernel = loss_table(op, x.device()).cross_entropy_backward;
  if (dx.numel() > 0)
    launch(
        op, x.device(), [=, loss = l.loss] { kernel(loss, gradient); }, l, shift, exp_sum, divisor,
        from, dx);
  return dx;
}

std::tuple<Array, Array> nll_loss(const Array& x, const Array& target, const Array* weight,
                                  int64_t ignored, const char* reduction) {
  const char* op = "nll_loss";
  const Reduction reduce = read_reduction(op, reduction);
  const Labelled l = read_labels(op, x, target, weight, ignored);
  check_labels(op, l);
  const Outcome o = outcome(l, reduce);
  const auto kernel = loss_table(op, x.device()).nll;
  launch(op, x.device(), [=, loss = l.loss, result = o.result] { kernel(loss, result); }, l, o);
  return {o.loss.astype(x.dtype()), o.divisor};
}

Array nll_loss_backward(const Array& g, const Array& x, const Array& target, const Array* weight,
                        int64_t ignored, const char* reduction, const Array& divisor) {
  const char* op = "nll_loss";
  const Labelled l = read_labels(op, x, target, weight, ignored);
  check_labels(op, l);
  const Array from = g.astype(l.loss.dtype).contiguous();
  const Array dx = Array::empty(x.shape(), l.loss.dtype, x.device());
  const LossGradient gradient = incoming(from, read_reduction(op, reduction), divisor, dx);
  if (dx.numel() > 0)
    launch(
        op, x.device(),
        [=, kernel = loss_table(op, x.device()).nll_backward, loss = l.loss] {
          kernel(loss, gradient);
        },
        l, divisor, from, dx);
  return dx;
}

// ---- probabilities ------------------------------------------------------------------------------

namespace {

/// Operands with the classes last.
struct Likely {
  ProbabilityLoss loss{};
  Array x, q, weight;
  Shape shape;  ///< of each loss
  Shape order;  ///< axes of x with the classes last
};

Likely read_probabilities(const Array& x, const Array& q, const Array* weight, double smoothing) {
  const char* op = "cross_entropy";
  check_type(is_float(x.dtype()), op, ": expected a floating-point input, got ", x.dtype());
  check_same_dtype(op, x, "target", q);
  check(x.rank() > 0, op, ": expected input of shape (C), (N, C) or (N, C, …), got a 0-d array");
  check(x.shape() == q.shape(), op, ": probabilities of shape ", q.shape(),
        " do not fit input of shape ", x.shape());
  Likely l;
  const int axis = x.rank() == 1 ? 0 : 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (i == axis) continue;
    l.shape.push_back(x.size(i));
    l.order.push_back(i);
  }
  l.order.push_back(axis);
  l.loss.classes = x.size(axis);
  check(l.loss.classes > 0, op, ": expected at least one class, got input of shape ", x.shape());
  if (weight) {
    check_same_dtype(op, x, "weight", *weight);
    check(weight->shape() == Shape{l.loss.classes}, op, ": expected weight of shape ",
          Shape{l.loss.classes}, ", got ", weight->shape());
  }
  l.x = plain(x.permute(op, l.order));
  l.q = plain(q.permute(op, l.order));
  l.weight = maybe_plain(weight);
  l.loss.x = l.x.data();
  l.loss.q = l.q.data();
  l.loss.weight = l.weight ? l.weight.data() : nullptr;
  l.loss.dtype = l.x.dtype();
  l.loss.rows = gm::numel(l.shape);
  l.loss.smoothing = smoothing;
  return l;
}

}  // namespace

std::tuple<Array, Array, Array, Array> cross_entropy_probability(const Array& x, const Array& q,
                                                                 const Array* weight,
                                                                 double smoothing,
                                                                 const char* reduction) {
  const char* op = "cross_entropy";
  const Reduction reduce = read_reduction(op, reduction);
  check(smoothing >= 0 && smoothing <= 1, op, ": expected label_smoothing in [0, 1], got ",
        smoothing);
  Likely l = read_probabilities(x, q, weight, smoothing);
  const bool each = reduce == Reduction::None;
  const Array loss = Array::empty(each ? l.shape : Shape{}, l.loss.dtype, x.device());
  Array saved[3];
  for (Array& array : saved) array = Array::empty(l.shape, l.loss.dtype, x.device());
  l.loss.shift = saved[0].data();
  l.loss.log_sum = saved[1].data();
  l.loss.mass = saved[2].data();
  const LossResult result{each ? loss.data() : nullptr, each ? nullptr : loss.data(),
                          reduce == Reduction::Mean, nullptr, double(l.loss.rows)};
  const auto kernel = loss_table(op, x.device()).probability;
  launch(
      op, x.device(), [=, likely = l.loss] { kernel(likely, result); }, l, loss, saved[0], saved[1],
      saved[2]);
  return {loss.astype(x.dtype()), saved[0], saved[1], saved[2]};
}

Array cross_entropy_probability_backward(const Array& g, const Array& x, const Array& q,
                                         const Array* weight, double smoothing,
                                         const char* reduction, const Array& shift,
                                         const Array& log_sum, const Array& mass, bool to_target) {
  const char* op = "cross_entropy";
  Likely l = read_probabilities(x, q, weight, smoothing);
  l.loss.shift = shift.data();
  l.loss.log_sum = log_sum.data();
  l.loss.mass = mass.data();
  const Array from = g.astype(l.loss.dtype).contiguous();
  const Array dx = Array::empty(l.x.shape(), l.loss.dtype, x.device());
  const LossGradient gradient =
      incoming(from, read_reduction(op, reduction), double(l.loss.rows), dx);
  const LossKernels& table = loss_table(op, x.device());
  const auto kernel = to_target ? table.probability_target_backward : table.probability_backward;
  if (dx.numel() > 0)
    launch(
        op, x.device(), [=, loss = l.loss] { kernel(loss, gradient); }, l, shift, log_sum, mass,
        from, dx);
  Shape back = l.order;
  for (int i = 0; i < x.rank(); ++i) back[int(l.order[i])] = i;
  return dx.permute(op, back);
}

// ---- pairs --------------------------------------------------------------------------------------

namespace {

struct PairRow {
  const char* name;
  PairLossKernels LossKernels::* entry;
};
constexpr PairRow kPairs[] = {
    {"mse_loss", &LossKernels::mse},
    {"l1_loss", &LossKernels::l1},
    {"smooth_l1_loss", &LossKernels::smooth_l1},
    {"huber_loss", &LossKernels::huber},
    {"binary_cross_entropy", &LossKernels::bce},
    {"binary_cross_entropy_with_logits", &LossKernels::bce_logits},
    {"kl_div", &LossKernels::kl_div},
    {"kl_div_log", &LossKernels::kl_div_log},
};

const PairLossKernels& pair_table(const char* name, const Array& x, bool weighted) {
  const LossKernels& table = loss_table(name, x.device());
  if (weighted) return table.bce_logits_weighted;
  for (const PairRow& row : kPairs)
    if (!std::strcmp(row.name, name)) return table.*row.entry;
  fail(ErrorKind::Value, "pair_loss: there is no loss ", name);
}

/// Operands of one shape, row-major.
struct Pair {
  PairLoss loss{};
  Array x, target, weight;
};

Pair read_pair(const char* op, const Array& x, const Array& target, const Array* weight,
               double parameter) {
  check_type(is_float(x.dtype()), op, ": expected a floating-point input, got ", x.dtype());
  Array other = is_float(target.dtype()) ? target : target.astype(x.dtype());
  check_same_dtype(op, x, "target", other);
  const Shape shape =
      x.shape() == other.shape() ? x.shape() : broadcast(op, x.shape(), other.shape());
  Pair p;
  p.x = plain(x.broadcast_to(op, shape));
  p.target = plain(other.broadcast_to(op, shape));
  if (weight) {
    check_same_dtype(op, x, "pos_weight", *weight);
    p.weight = plain(weight->broadcast_to(op, shape));
  }
  p.loss = {p.x.data(),  p.target.data(), weight ? p.weight.data() : nullptr,
            p.x.dtype(), p.x.numel(),     parameter};
  return p;
}

}  // namespace

Array pair_loss(const char* name, const Array& x, const Array& target, const Array* weight,
                double parameter, const char* reduction) {
  const Reduction reduce = read_reduction(name, reduction);
  const Pair p = read_pair(name, x, target, weight, parameter);
  const bool each = reduce == Reduction::None;
  const Array loss = Array::empty(each ? p.x.shape() : Shape{}, p.loss.dtype, x.device());
  const LossResult result{each ? loss.data() : nullptr, each ? nullptr : loss.data(),
                          reduce == Reduction::Mean, nullptr, double(p.loss.n)};
  const auto kernel = pair_table(name, x, weight != nullptr).forward;
  launch(name, x.device(), [=, pair = p.loss] { kernel(pair, result); }, p, loss);
  return loss.astype(x.dtype());
}

Array pair_loss_backward(const char* name, const Array& g, const Array& x, const Array& target,
                         const Array* weight, double parameter, const char* reduction,
                         bool to_target) {
  const Pair p = read_pair(name, x, target, weight, parameter);
  const Array from = g.astype(p.loss.dtype).contiguous();
  const Array dx = Array::empty(p.x.shape(), p.loss.dtype, x.device());
  const LossGradient gradient =
      incoming(from, read_reduction(name, reduction), double(p.loss.n), dx);
  const PairLossKernels& kernels = pair_table(name, x, weight != nullptr);
  const auto kernel = to_target ? kernels.target_backward : kernels.backward;
  launch(name, x.device(), [=, pair = p.loss] { kernel(pair, gradient); }, p, from, dx);
  return dx;
}

}  // namespace gm::ops
