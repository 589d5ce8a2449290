#include "ops/index.h"

#include <algorithm>

#include "core/error.h"
#include "ops/compare.h"
#include "ops/create.h"
#include "ops/index_places.h"
#include "ops/shape.h"

namespace gm::ops {

namespace {

using Kind = IndexItem::Kind;

/// How many dimensions the items take, not counting an ellipsis.
int dimensions_taken(const IndexKey& key) {
  int taken = 0;
  for (int i = 0; i < key.count; ++i) {
    const IndexItem& item = key.items[i];
    if (item.kind == Kind::Int || item.kind == Kind::Slice) ++taken;
    if (item.kind == Kind::Array) {
      const Array& array = key.arrays[size_t(item.start)];
      taken += array.dtype() == DType::Bool ? array.rank() : 1;
    }
  }
  return taken;
}

/// Python's slice rules: where elements start and how many there are.
void apply_slice(const IndexItem& item, int64_t size, int64_t* start, int64_t* length) {
  const int64_t step = item.step;
  const auto clamp = [&](int64_t at) {
    if (at < 0) at += size;
    return step > 0 ? std::clamp<int64_t>(at, 0, size) : std::clamp<int64_t>(at, -1, size - 1);
  };
  *start = clamp(item.start);
  const int64_t stop = clamp(item.stop);
  const int64_t distance = step > 0 ? stop - *start : *start - stop;
  const int64_t stride = step > 0 ? step : -step;
  *length = distance > 0 ? (distance - 1) / stride + 1 : 0;
}

[[gnu::cold]] void fail_index(const char* op, int64_t index, int axis, int64_t size) {
  fail(ErrorKind::Index, op, ": index ", (long long)index, " is out of range for axis ", axis,
       " of size ", (long long)size);
}

/// The views' part of indexing. Dimensions that arrays index are taken out into the Selection.
class Selector {
 public:
  Selector(const char* op, const Array& x, const IndexKey& key, Selection& out)
      : op_(op), x_(x), key_(key), out_(out), taken_(dimensions_taken(key)) {
    view_.data = x.data();
    view_.dtype = x.dtype();
    view_.device = x.device();
  }

  void run() {
    if (taken_ > x_.rank()) [[unlikely]]
      fail(ErrorKind::Index, op_, ": too many indices: ", taken_, " for a tensor of ", x_.rank(),
           " dimension", x_.rank() == 1 ? "" : "s");
    view_.rank = 0;
    out_.advanced = !key_.arrays.empty();
    for (int i = 0; i < key_.count; ++i) out_.advanced |= key_.items[i].kind == Kind::Truth;
    bool ellipsis = false;
    for (int i = 0; i < key_.count; ++i) {
      const IndexItem& item = key_.items[i];
      switch (item.kind) {
        case Kind::Int:
          integer(item.start);
          break;
        case Kind::Slice:
          slice(item);
          break;
        case Kind::NewAxis:
          keep(1, 0);
          break;
        case Kind::Ellipsis:
          if (ellipsis)
            fail(ErrorKind::Index, op_, ": an index can have only one ellipsis ('...')");
          ellipsis = true;
          gap();
          for (int n = x_.rank() - taken_; n > 0; --n) keep_dimension();
          break;
        case Kind::Array:
          array(key_.arrays[size_t(item.start)]);
          break;
        case Kind::Truth:
          truth(item.start != 0);
          break;
      }
    }
    while (axis_ < x_.rank()) keep_dimension();
    out_.rest = Array(x_.storage(), view_);
  }

 private:
  void keep(int64_t size, int64_t stride) {
    if (view_.rank == kMaxRank) [[unlikely]]
      fail(ErrorKind::Index, op_, ": at most ", kMaxRank, " dimensions are supported");
    gap();
    view_.shape[view_.rank] = size;
    view_.strides[view_.rank++] = stride;
  }
  void keep_dimension() {
    keep(x_.size(axis_), x_.stride(axis_));
    ++axis_;
  }
  void advance(int64_t elements) { view_.data += elements * int64_t(itemsize(view_.dtype)); }

  void integer(int64_t index) {
    const int64_t size = x_.size(axis_);
    if (index < -size || index >= size) [[unlikely]]
      fail_index(op_, index, axis_, size);
    advance((index < 0 ? index + size : index) * x_.stride(axis_));
    ++axis_;
    if (out_.advanced) place();  // beside arrays an int counts as one, of 0 dimensions
  }

  void slice(const IndexItem& item) {
    int64_t start, length;
    apply_slice(item, x_.size(axis_), &start, &length);
    if (length > 0) advance(start * x_.stride(axis_));
    // Of one element the step may be anything, and its product beyond int64.
    keep(length, length > 1 ? x_.stride(axis_) * item.step : x_.stride(axis_));
    ++axis_;
  }

  /// Arrays next to each other put their dimensions where they stand; apart, in front.
  void place() {
    if (!placed_)
      out_.position = view_.rank;
    else if (apart_)
      out_.position = 0;
    placed_ = true;
  }
  void gap() { apart_ |= placed_; }

  void dimension(const Array& index) {
    out_.at.push_back(index);
    out_.sizes.push_back(x_.size(axis_));
    out_.strides.push_back(x_.stride(axis_));
    out_.axes.push_back(axis_);
    ++axis_;
  }

  void array(const Array& index) {
    place();
    if (index.dtype() != DType::Bool) {
      check_type(is_integer(index.dtype()), op_,
                 ": an index must be of an integer dtype or bool, not ", index.dtype());
      return dimension(index.astype(DType::Int64));
    }
    if (index.rank() == 0) return truth(*index.data<bool>());
    for (int d = 0; d < index.rank(); ++d)
      if (index.size(d) != x_.size(axis_ + d) && index.size(d) != 0) [[unlikely]]
        fail(ErrorKind::Index, op_, ": a mask of shape ", index.shape(),
             " does not fit a tensor of shape ", x_.shape(), " from axis ", axis_, " on");
    for (const Array& along : unbind(nonzero(index, true), 0)) dimension(along);
  }

  /// True or False adds a dimension of 1 or 0 elements: places without a dimension of x.
  void truth(bool value) {
    place();
    out_.at.push_back(Array::zeros({value ? 1 : 0}, DType::Int64));
    out_.sizes.push_back(1);
    out_.strides.push_back(0);
    out_.axes.push_back(axis_);
  }

  const char* op_;
  const Array& x_;
  const IndexKey& key_;
  Selection& out_;
  View view_;
  int taken_, axis_ = 0;
  bool placed_ = false, apart_ = false;
};

/// The one mask that is the whole key, if it is; the elements it names need no list of places.
const Array* lone_mask(const Array& x, const IndexKey& key) {
  if (key.count != 1 || key.arrays.size() != 1) return nullptr;
  const Array& mask = key.arrays[0];
  if (mask.dtype() != DType::Bool || mask.rank() == 0 || mask.rank() > x.rank()) return nullptr;
  for (int d = 0; d < mask.rank(); ++d)
    if (mask.size(d) != x.size(d)) return nullptr;
  return &mask;
}

}  // namespace

Array getitem(const Array& x, const IndexKey& key) {
  const Array* mask = key.arrays.empty() ? nullptr : lone_mask(x, key);
  if (mask && mask->rank() == x.rank()) return masked_select(x, *mask);
  Selection s;
  Selector("getitem", x, key, s).run();
  if (!s.advanced) return std::move(s.rest);
  const Places places = find_places("getitem", x, s);
  Array out = Array::empty(result_shape(s, places), x.dtype(), x.device());
  run_rows("getitem", s, places, out, Access::Gather);
  return out;
}

void setitem(const Array& x, const IndexKey& key, const Operand& value) {
  constexpr const char* op = "setitem";
  if (const Array* mask = lone_mask(x, key); mask && value.shape().rank() == 0) {
    // A scalar in x's own dtype, so that it is converted as everywhere in setitem.
    const Array scalar =
        full({}, value.is_array() ? Operand(value.array().astype(x.dtype())) : value, x.dtype());
    Array fit = *mask;
    while (fit.rank() < x.rank()) fit = expand_dims(fit, Shape{fit.rank()});
    if (may_overlap(fit, x)) fit = fit.copy();
    masked_fill(x, fit, scalar, &x);
    return;
  }
  Selection s;
  Selector(op, x, key, s).run();
  if (!s.advanced) {
    mark_written(x, op);
    write_over(op, s.rest, value);
    return;
  }
  const Places places = find_places(op, x, s);
  const Shape shape = result_shape(s, places);
  Array source = value.is_array() ? value.array() : full({}, value, x.dtype());
  source = source.astype(x.dtype());
  if (may_overlap(source, x)) source = source.copy();
  // More dimensions of size 1 in front than the target has are allowed, as in NumPy.
  while (source.rank() > shape.rank() && source.size(0) == 1)
    source = source.reshape(op, Shape(source.view().shape + 1, source.rank() - 1));
  source = source.broadcast_to(op, shape);
  if (!one_run(source, s.position, places.shape.rank())) source = source.contiguous();
  mark_written(x, op);
  run_rows(op, s, places, source, Access::Scatter);
}

Array getitem_backward(const Array& g, const Shape& shape, const IndexKey& key) {
  constexpr const char* op = "getitem";
  const DType compute = compute_dtype(g.dtype());
  Array out = Array::zeros(shape, compute, g.device());
  Selection s;
  Selector(op, out, key, s).run();
  if (!s.advanced) {
    copy_into(s.rest, g);
    return out.astype(g.dtype());
  }
  const Places places = find_places(op, out, s);
  run_rows(op, s, places, g.astype(compute).contiguous(), Access::Add);
  return out.astype(g.dtype());
}

}  // namespace gm::ops
