// pad: the middle is copied, then every axis is extended, the last first; from the second axis on
// the edges that are already there are extended too, which fills the corners.
#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "ops/binary.h"
#include "ops/create.h"
#include "ops/shape.h"

namespace gm::ops {

namespace {

enum class Mode { Constant, Reflect, Replicate, Circular };

Mode find_mode(const char* name) {
  constexpr const char* kNames[] = {"constant", "reflect", "replicate", "circular"};
  for (int i = 0; i < 4; ++i)
    if (std::strcmp(name, kNames[i]) == 0) return Mode(i);
  fail(ErrorKind::Value, "pad: mode '", name,
       "' is none of constant, reflect, replicate, circular");
}

/// What is put at one end of an axis: `count` elements from `to` on, which are those of the same
/// array from `from` on in steps of `step` (0: all the same one).
struct Edge {
  int64_t to, count, from, step;
};

/// The two edges of an axis whose n elements begin at `before`.
///
///   before 2, n 4, after 2     reflect   c b|a b c d|c b     from 2·before, step -1
///                              circular  c d|a b c d|a b     from n, step 1
struct Edges {
  Edge edge[2];
  Edges(Mode mode, int64_t n, int64_t before, int64_t after) {
    const int64_t end = before + n;
    switch (mode) {
      case Mode::Reflect:
        edge[0] = {0, before, 2 * before, -1};
        edge[1] = {end, after, end - 2, -1};
        break;
      case Mode::Circular:
        edge[0] = {0, before, n, 1};
        edge[1] = {end, after, before, 1};
        break;
      default:
        edge[0] = {0, before, before, 0};
        edge[1] = {end, after, end - 1, 0};
    }
  }
};

void check_edge(Mode mode, const Shape& shape, int axis, int64_t count) {
  const int64_t size = shape[axis];
  check(count >= 0, "pad: negative padding ", (long long)count, " needs mode 'constant'");
  if (mode == Mode::Reflect)
    check(count == 0 || count < size, "pad: cannot reflect ", (long long)count, " of axis ", axis,
          " of shape ", shape, ": at most ", (long long)std::max<int64_t>(0, size - 1));
  if (mode == Mode::Circular)
    check(count <= size, "pad: cannot wrap ", (long long)count, " of axis ", axis, " of shape ",
          shape, ": at most ", (long long)size);
  if (mode == Mode::Replicate)
    check(count == 0 || size > 0, "pad: axis ", axis, " of shape ", shape,
          " has no edge to replicate");
}

/// `out` without what is not filled yet: axes before `axis` have their middles only.
Array filled_part(const Array& out, const Shape& shape, const Shape& before, int axis) {
  Array part = out;
  for (int d = 0; d < axis; ++d) part = part.slice(d, before[d], shape[d], 1);
  return part;
}

Array pad_constant(const Array& a, const Shape& before, const Shape& after, const Operand& value) {
  Shape shape = a.shape();
  Array middle = a;
  for (int d = 0; d < a.rank(); ++d) {
    shape[d] = checked_add(shape[d], checked_add(before[d], after[d]));
    check(shape[d] >= 0, "pad: padding ", (long long)before[d], " and ", (long long)after[d],
          " leaves a negative size of axis ", d, " of shape ", a.shape());
    const int64_t start = std::max<int64_t>(0, -std::max(before[d], -a.size(d)));
    const int64_t end = a.size(d) + std::min<int64_t>(0, after[d]);
    middle = middle.slice(d, start, std::max<int64_t>(0, end - start), 1);
  }
  Array out = Array::empty(shape, a.dtype(), a.device());
  Array part = out;
  // Each axis' edges at full width of the axes after it, then inwards: nothing is written twice.
  for (int d = 0; d < a.rank(); ++d) {
    const int64_t start = std::min(std::max<int64_t>(0, before[d]), shape[d]);
    const int64_t length = middle.size(d), end = start + length;
    fill(part.slice(d, 0, start, 1), value, "pad");
    fill(part.slice(d, end, shape[d] - end, 1), value, "pad");
    part = part.slice(d, start, length, 1);
  }
  copy_into(part, middle);
  return out;
}

}  // namespace

Array pad(const Array& a, const Shape& before, const Shape& after, const char* mode_name,
          const Operand& value) {
  check(before.rank() == a.rank() && after.rank() == a.rank(), "pad: padding ", before, " and ",
        after, " for shape ", a.shape());
  const Mode mode = find_mode(mode_name);
  if (mode == Mode::Constant) return pad_constant(a, before, after, value);

  const Shape inner = a.shape();
  Shape shape = inner;
  for (int d = 0; d < a.rank(); ++d) {
    check_edge(mode, inner, d, before[d]);
    check_edge(mode, inner, d, after[d]);
    shape[d] = checked_add(shape[d], checked_add(before[d], after[d]));
  }
  Array out = Array::empty(shape, a.dtype(), a.device());
  copy_into(filled_part(out, inner, before, a.rank()), a);
  for (int d = a.rank() - 1; d >= 0; --d) {
    const Array part = filled_part(out, inner, before, d);
    for (const Edge& e : Edges(mode, inner[d], before[d], after[d]).edge) {
      const Array to = part.slice(d, e.to, e.count, 1);
      copy_into(to, part.slice(d, e.from, e.count, e.step));
    }
  }
  return out;
}

Array pad_backward(const Array& g, const Shape& shape, const Shape& before, const char* mode_name) {
  const Mode mode = find_mode(mode_name);
  const Array sum = g.copy();
  for (int d = 0; d < shape.rank(); ++d) {
    const Array part = filled_part(sum, shape, before, d);
    const int64_t after = g.size(d) - shape[d] - before[d];
    for (const Edge& e : Edges(mode, shape[d], before[d], after).edge) {
      if (e.step != 0 && e.count > 0) {
        const Array from = part.slice(d, e.from, e.count, e.step);
        add(from, part.slice(d, e.to, e.count, 1), &from);
        continue;
      }
      for (int64_t k = 0; k < e.count; ++k) {
        const Array from = part.slice(d, e.from, 1, 1);
        add(from, part.slice(d, e.to + k, 1, 1), &from);
      }
    }
  }
  return filled_part(sum, shape, before, shape.rank());
}

}  // namespace gm::ops
