#include "ops/rnn.h"

#include <cstring>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/rnn.h"

namespace gm::ops {

namespace {

RnnCell parse_cell(const char* name) {
  if (std::strcmp(name, "lstm") == 0) return RnnCell::Lstm;
  if (std::strcmp(name, "gru") == 0) return RnnCell::Gru;
  if (std::strcmp(name, "rnn_tanh") == 0) return RnnCell::Tanh;
  check(std::strcmp(name, "rnn_relu") == 0, "rnn: no cell is called ", name);
  return RnnCell::Relu;
}

void check_array(const char* op, const char* what, const Array* array, const Shape& shape,
                 DType dtype) {
  if (!array) return;
  check(array->shape() == shape, op, ": ", what, " of shape ", array->shape(), ", expected ",
        shape);
  check_type(array->dtype() == dtype, op, ": ", what, " is ", array->dtype(), ", the input is ",
             dtype, "; convert one of them");
}

/// What a gradient reads of the forward step: it must be there, whole and without gaps.
void check_saved(const char* op, const char* what, const Array* array, const Shape& shape,
                 DType dtype) {
  check(array && *array, op, ": ", what, " is missing");
  check_array(op, what, array, shape, dtype);
  check(array->is_contiguous(), op, ": ", what, " is not contiguous");
}

void check_float(const char* op, const Array& array) {
  check_type(array.dtype() == DType::Float32 || array.dtype() == DType::Float64, op,
             ": the input is ", array.dtype(), ", expected float32 or float64");
}

RnnShape checked_shape(const char* op, const RnnArrays& a, bool reverse) {
  const RnnCell cell = parse_cell(op);
  check_float(op, a.x);
  check(a.x.rank() == 3, op, ": input of shape ", a.x.shape(), ", expected (steps, batch, inputs)");
  check(a.w_hh.rank() == 2, op, ": weight_hh of shape ", a.w_hh.shape(),
        ", expected two dimensions");
  const RnnShape s{cell,        a.x.dtype(), reverse,       a.x.size(0),
                   a.x.size(1), a.x.size(2), a.w_hh.size(1)};
  const int64_t rows = rnn_gates(cell) * s.hidden;
  check(a.w_ih.rank() == 2 && a.w_ih.size(1) == s.inputs, op, ": weight_ih of shape ",
        a.w_ih.shape(), " for input of shape ", a.x.shape(), ", expected (", (long long)rows, ", ",
        (long long)s.inputs, ")");
  check_array(op, "weight_hh", &a.w_hh, Shape{rows, s.hidden}, s.dtype);
  check_array(op, "weight_ih", &a.w_ih, Shape{rows, s.inputs}, s.dtype);
  check_array(op, "bias_ih", a.b_ih, Shape{rows}, s.dtype);
  check_array(op, "bias_hh", a.b_hh, Shape{rows}, s.dtype);
  check_array(op, "h0", a.h0, Shape{s.batch, s.hidden}, s.dtype);
  check_array(op, "c0", a.c0, Shape{s.batch, s.hidden}, s.dtype);
  return s;
}

/// How the kernel finds c or the gates, `count` of them, in either order.
RnnBlocks blocks_of(const Array& array, int64_t count) {
  if (!array) return {};
  if (array.rank() == 5)
    return {array.stride(0), array.stride(2), array.stride(3), array.stride(1)};
  return {array.stride(0), array.stride(1), array.size(2) / count,
          64 / int64_t(itemsize(array.dtype()))};
}

/// The same of `count` numbers a unit for all steps, in either layout that `blocks_of` reads.
void check_blocks(const char* op, const char* what, const Array& array, const RnnShape& s,
                  int64_t count) {
  check(bool(array), op, ": ", what, " is missing");
  const bool rows = array.rank() == 3 && array.is_contiguous() && array.size(1) == s.batch &&
                    array.size(2) == count * s.hidden;
  const bool blocks = array.rank() == 5 && array.size(1) * array.size(4) >= s.hidden &&
                      array.size(2) == s.batch && array.size(3) == count;
  check((rows || blocks) && array.size(0) == s.steps, op, ": ", what, " of shape ", array.shape(),
        " is not of ", (long long)s.steps, " steps of this input");
  check_type(array.dtype() == s.dtype, op, ": ", what, " is ", array.dtype(), ", the input is ",
             s.dtype);
}

/// Row-major, or nothing.
Array dense(const Array* array) { return array ? array->contiguous() : Array(); }

/// Step `t` of (steps, batch, …) as (batch, …).
Array at_step(const Array& array, int64_t t) {
  return array.slice(0, t, 1, 1).reshape("rnn", Shape{array.size(1), array.size(2)});
}

}  // namespace

std::tuple<Array, Array, Array, Array, Array> rnn(const char* cell, const RnnArrays& arrays,
                                                  bool reverse, RnnKeep keep) {
  const RnnShape s = checked_shape(cell, arrays, reverse);
  const bool lstm = s.cell == RnnCell::Lstm;
  const Array& given = arrays.x;
  const Array x = given.stride(2) == 1 || s.inputs <= 1 ? given : given.contiguous();
  const Array h0 = dense(arrays.h0), c0 = dense(arrays.c0);
  const Array w_ih = arrays.w_ih.contiguous(), w_hh = arrays.w_hh.contiguous();
  const Array b_ih = dense(arrays.b_ih), b_hh = dense(arrays.b_hh);
  const Device device = x.device();
  const RnnKernels& kernels = rnn_table(cell, device);

  Array y = Array::empty(Shape{s.steps, s.batch, s.hidden}, s.dtype, device), c_n, c, saved;
  if (lstm) c_n = Array::empty(Shape{s.batch, s.hidden}, s.dtype, device);
  const int64_t gates = rnn_saved(s.cell);
  if (keep == RnnKeep::Rows && gates > 0) {
    if (lstm) c = Array::empty(y.shape(), s.dtype, device);
    saved = Array::empty(Shape{s.steps, s.batch, gates * s.hidden}, s.dtype, device);
  } else if (keep == RnnKeep::Blocks && gates > 0) {
    const int64_t lanes = 64 / int64_t(itemsize(s.dtype)), blocks = (s.hidden + lanes - 1) / lanes;
    saved = Array::empty(Shape{s.steps, blocks, s.batch, gates + lstm, lanes}, s.dtype, device);
    if (lstm) c = saved.slice(3, gates, 1, 1);
    saved = saved.slice(3, 0, gates, 1);
  }
  const Array workspace = Array::empty(Shape{kernels.forward_workspace(s)}, DType::UInt8, device);
  const RnnForward args{.shape = s,
                        .x = x.data(),
                        .x_step = x.stride(0),
                        .x_row = x.stride(1),
                        .h0 = h0.data(),
                        .c0 = c0.data(),
                        .w_ih = w_ih.data(),
                        .w_hh = w_hh.data(),
                        .b_ih = b_ih.data(),
                        .b_hh = b_hh.data(),
                        .y = y.data(),
                        .c = c_n.data(),
                        .saved = saved.data(),
                        .all_c = c.data(),
                        .saved_at = blocks_of(saved, gates),
                        .c_at = blocks_of(c, 1),
                        .workspace = workspace.data()};
  launch(
      cell, device, [args, kernel = kernels.forward] { kernel(args); }, x, h0, c0, w_ih, w_hh, b_ih,
      b_hh, y, c_n, c, saved, workspace);
  // Without steps the states stay as they were.
  const auto unmoved = [&](const Array& first) {
    return first ? first.copy() : Array::zeros(Shape{s.batch, s.hidden}, s.dtype, device);
  };
  Array h_n = s.steps > 0 ? at_step(y, reverse ? 0 : s.steps - 1).copy() : unmoved(h0);
  if (lstm && s.steps == 0) c_n = unmoved(c0);
  return {std::move(y), std::move(h_n), std::move(c_n), std::move(c), std::move(saved)};
}

namespace {

/// A weight's gradient from its rows of the factors' product with the sums, whose columns of gates
/// are the weight's rows; a bias's from one row. GRU's state has its n in the fourth place.
Array gradient_of(const RnnShape& s, const Array& products, bool of_state) {
  const int64_t H = s.hidden, gates = rnn_gates(s.cell);
  const Array from = products.rank() == 2 ? products.transposed() : products;
  Shape shape = from.shape();
  shape[0] = gates * H;
  Array out = Array::empty(shape, s.dtype, products.device());
  const auto copy = [&](int64_t to, int64_t first, int64_t count) {
    copy_into(out.slice(0, to * H, count * H, 1), from.slice(0, first * H, count * H, 1));
  };
  if (s.cell == RnnCell::Gru && of_state) {
    copy(0, 0, 2);
    copy(2, 3, 1);
  } else {
    copy(0, 0, gates);
  }
  return out;
}

}  // namespace

std::tuple<Array, Array, Array, Array, Array, Array, Array> rnn_backward(const char* cell,
                                                                         const RnnArrays& arrays,
                                                                         const RnnGradients& g,
                                                                         bool reverse) {
  const RnnShape s = checked_shape(cell, arrays, reverse);
  const Device device = arrays.x.device();
  const Shape state{s.batch, s.hidden};
  check_array(cell, "y", &g.y, Shape{s.steps, s.batch, s.hidden}, s.dtype);
  check_array(cell, "gradient of y", g.dy, g.y.shape(), s.dtype);
  check_array(cell, "gradient of h", g.dh, state, s.dtype);
  check_array(cell, "gradient of c", g.dc, state, s.dtype);
  if (s.cell == RnnCell::Lstm) check_blocks(cell, "saved c", g.c, s, 1);
  if (rnn_saved(s.cell) > 0) check_blocks(cell, "saved gates", g.saved, s, rnn_saved(s.cell));
  const Array& given = arrays.x;
  const Array x = given.stride(2) == 1 || s.inputs <= 1 ? given : given.contiguous();
  const Array w_ih = arrays.w_ih.contiguous(), w_hh = arrays.w_hh.contiguous();
  const Array h0 = dense(arrays.h0), c0 = dense(arrays.c0);
  const Array dy = dense(g.dy), dh = dense(g.dh), dc = dense(g.dc), y = g.y.contiguous();
  const RnnKernels& kernels = rnn_table(cell, device);

  // Rows a power of two apart would share a few sets of L1.
  const int64_t width = rnn_sums(s.cell) * s.hidden, item = int64_t(itemsize(s.dtype));
  const int64_t padding = width * item % 1024 == 0 ? 64 / item : 0;
  const Array sums =
      Array::empty(Shape{kernels.sums_steps(s) * s.batch, width + padding}, s.dtype, device);
  const Array bias = g.needs_b ? Array::empty(Shape{width}, s.dtype, device) : Array();
  Array dh0 = Array::empty(state, s.dtype, device), dc0;
  if (s.cell == RnnCell::Lstm) dc0 = Array::empty(state, s.dtype, device);
  const Array workspace = Array::empty(Shape{kernels.backward_workspace(s)}, DType::UInt8, device);
  const auto result = [&](bool needed, const Shape& shape) {
    return needed ? Array::empty(shape, s.dtype, device) : Array();
  };
  Array dx = result(g.needs_x, x.shape());
  const Array products = result(g.needs_w && s.steps > 0, Shape{s.inputs + s.hidden, width});
  const RnnBackward args{.shape = s,
                         .x = x.data(),
                         .x_step = x.stride(0),
                         .x_row = x.stride(1),
                         .h0 = h0.data(),
                         .c0 = c0.data(),
                         .w_ih = w_ih.data(),
                         .w_hh = w_hh.data(),
                         .y = y.data(),
                         .all_c = g.c.data(),
                         .saved = g.saved.data(),
                         .c_at = blocks_of(g.c, 1),
                         .saved_at = blocks_of(g.saved, rnn_saved(s.cell)),
                         .dy = dy.data(),
                         .dh = dh.data(),
                         .dc = dc.data(),
                         .sums = sums.data(),
                         .sums_step = width + padding,
                         .bias = bias.data(),
                         .dx = dx.data(),
                         .weights = products.data(),
                         .dh0 = dh0.data(),
                         .dc0 = dc0.data(),
                         .workspace = workspace.data()};
  launch(
      cell, device, [args, kernel = kernels.backward] { kernel(args); }, x, h0, c0, w_ih, w_hh, y,
      g.c, g.saved, dy, dh, dc, sums, bias, dx, products, dh0, dc0, workspace);

  Array dw_ih, dw_hh, db_ih, db_hh;
  if (s.steps == 0) {
    dw_ih = Array::zeros(w_ih.shape(), s.dtype, device);
    dw_hh = Array::zeros(w_hh.shape(), s.dtype, device);
  } else if (g.needs_w) {
    dw_ih = gradient_of(s, products.slice(0, 0, s.inputs, 1), false);
    dw_hh = gradient_of(s, products.slice(0, s.inputs, s.hidden, 1), true);
  }
  if (g.needs_b) {
    db_ih = gradient_of(s, bias, false);
    db_hh = s.cell == RnnCell::Gru ? gradient_of(s, bias, true) : db_ih;
  }
  return {std::move(dx),    std::move(dh0),   std::move(dc0),  std::move(dw_ih),
          std::move(dw_hh), std::move(db_ih), std::move(db_hh)};
}

namespace {

RnnShape step_shape(RnnCell cell, const Array& h) {
  return {cell, h.dtype(), false, 1, h.size(0), 0, h.size(1)};
}

}  // namespace

std::tuple<Array, Array, Array> rnn_step(const char* cell, const Array& gx, const Array& gh,
                                         const Array* h0, const Array* c0, bool keep) {
  const RnnCell kind = parse_cell(cell);
  check_float(cell, gx);
  check(gx.rank() == 2 && gx.size(1) % rnn_gates(kind) == 0, cell, ": gates of shape ", gx.shape());
  const Shape state{gx.size(0), gx.size(1) / rnn_gates(kind)};
  check_array(cell, "the state's share of the gates", &gh, gx.shape(), gx.dtype());
  check_array(cell, "h0", h0, state, gx.dtype());
  check_array(cell, "c0", c0, state, gx.dtype());
  const Array x = gx.contiguous(), h = gh.contiguous(), first = dense(h0), memory = dense(c0);
  Array out = Array::empty(state, gx.dtype(), gx.device()), c, saved;
  if (kind == RnnCell::Lstm) c = Array::empty(state, gx.dtype(), gx.device());
  if (keep && rnn_saved(kind) > 0)
    saved = Array::empty(Shape{state[0], rnn_saved(kind) * state[1]}, gx.dtype(), gx.device());
  const RnnKernels& kernels = rnn_table(cell, gx.device());
  const RnnStep args{.shape = step_shape(kind, out),
                     .gx = x.data(),
                     .gh = h.data(),
                     .h0 = first.data(),
                     .c0 = memory.data(),
                     .h = out.data(),
                     .c = c.data(),
                     .saved = saved.data()};
  launch(
      cell, gx.device(), [args, kernel = kernels.step] { kernel(args); }, x, h, first, memory, out,
      c, saved);
  return {std::move(out), std::move(c), std::move(saved)};
}

std::tuple<Array, Array, Array, Array> rnn_step_backward(const char* cell, const Array* dh,
                                                         const Array* dc, const Array* h0,
                                                         const Array* c0, const Array& h,
                                                         const Array* c, const Array* saved) {
  const RnnCell kind = parse_cell(cell);
  check_float(cell, h);
  check(h.rank() == 2, cell, ": state of shape ", h.shape(), ", expected two dimensions");
  check_array(cell, "h0", h0, h.shape(), h.dtype());
  check_array(cell, "c0", c0, h.shape(), h.dtype());
  if (kind == RnnCell::Lstm) check_saved(cell, "saved c", c, h.shape(), h.dtype());
  if (rnn_saved(kind) > 0)
    check_saved(cell, "saved gates", saved, Shape{h.size(0), rnn_saved(kind) * h.size(1)},
                h.dtype());
  check_array(cell, "gradient of h", dh, h.shape(), h.dtype());
  check_array(cell, "gradient of c", dc, h.shape(), h.dtype());
  const Array gh = dense(dh), gc = dense(dc), first = dense(h0), memory = dense(c0);
  const Array h_now = h.contiguous(), c_now = dense(c), kept = dense(saved);
  const Shape gates{h.size(0), rnn_gates(kind) * h.size(1)};
  Array dgx = Array::empty(gates, h.dtype(), h.device()), dgh = dgx, dh0, dc0;
  if (kind == RnnCell::Gru) {
    dgh = Array::empty(gates, h.dtype(), h.device());
    dh0 = Array::empty(h.shape(), h.dtype(), h.device());
  }
  if (kind == RnnCell::Lstm) dc0 = Array::empty(h.shape(), h.dtype(), h.device());
  const RnnKernels& kernels = rnn_table(cell, h.device());
  const RnnStepBackward args{.shape = step_shape(kind, h),
                             .h0 = first.data(),
                             .c0 = memory.data(),
                             .h = h_now.data(),
                             .c = c_now.data(),
                             .saved = kept.data(),
                             .dh = gh.data(),
                             .dc = gc.data(),
                             .dgx = dgx.data(),
                             .dgh = dgh.data(),
                             .dh0 = dh0.data(),
                             .dc0 = dc0.data()};
  launch(
      cell, h.device(), [args, kernel = kernels.step_backward] { kernel(args); }, first, memory,
      h_now, c_now, kept, gh, gc, dgx, dgh, dh0, dc0);
  return {std::move(dgx), std::move(dgh), std::move(dh0), std::move(dc0)};
}

}  // namespace gm::ops
