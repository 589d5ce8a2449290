#include "core/array.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/launch.h"
#include "core/parallel.h"

namespace gm {

namespace {

/// Copies a view's used part only: 16 unused dimensions cost more than most small operations.
void copy_view(View& to, const View& from) {
  to.data = from.data;
  to.dtype = from.dtype;
  to.device = from.device;
  to.rank = from.rank;
  for (int i = 0; i < from.rank; ++i) {
    to.shape[i] = from.shape[i];
    to.strides[i] = from.strides[i];
    asm("" : "+r"(i));  // or the compiler makes of it two calls of memmove, for a number or two
  }
}

void set_row_major(View& view, const Shape& shape) {
  view.rank = shape.rank();
  int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    view.shape[i] = shape[i];
    view.strides[i] = stride;
    stride *= shape[i];
  }
}

}  // namespace

Array::Array(StorageRef storage, const View& view) : storage_(std::move(storage)) {
  copy_view(view_, view);
}
Array::Array(const Array& o) : storage_(o.storage_) { copy_view(view_, o.view_); }
Array::Array(Array&& o) noexcept : storage_(std::move(o.storage_)) { copy_view(view_, o.view_); }
Array& Array::operator=(const Array& o) {
  storage_ = o.storage_;
  copy_view(view_, o.view_);
  return *this;
}
Array& Array::operator=(Array&& o) noexcept {
  storage_ = std::move(o.storage_);
  copy_view(view_, o.view_);
  return *this;
}

Array Array::empty(const Shape& shape, DType dtype, Device device) {
  const int64_t bytes = checked_mul(gm::numel(shape), int64_t(itemsize(dtype)));
  Array out;
  out.storage_ = allocate(size_t(bytes), device);
  out.view_.data = out.storage_->data;
  out.view_.dtype = dtype;
  out.view_.device = device;
  set_row_major(out.view_, shape);
  return out;
}

Array Array::zeros(const Shape& shape, DType dtype, Device device) {
  Array out = empty(shape, dtype, device);
  static constexpr int64_t kPiece = 256 * 1024;
  struct Fill {
    char* data;
    int64_t bytes;
  };
  const Fill fill{out.view_.data, out.numel() * int64_t(itemsize(dtype))};
  const auto run = [fill] {
    parallel_run((fill.bytes + kPiece - 1) / kPiece, fill.bytes / 16,
                 [](void* context, int64_t piece) {
                   const auto& f = *static_cast<const Fill*>(context);
                   const int64_t begin = piece * kPiece;
                   std::memset(f.data + begin, 0, size_t(std::min(kPiece, f.bytes - begin)));
                 },
                 const_cast<Fill*>(&fill));
  };
  if (device.type == DeviceType::Cpu)
    launch("zeros", device, run, out);
  else
    launch(
        "zeros", device,
        [fill, device] { device_memory(device).zero(device, fill.data, size_t(fill.bytes)); }, out);
  return out;
}

int64_t Array::numel() const {
  int64_t count = 1;
  for (int i = 0; i < view_.rank; ++i) count *= view_.shape[i];
  return count;
}

bool Array::is_contiguous() const {
  int64_t stride = 1;
  for (int i = view_.rank - 1; i >= 0; --i) {
    if (view_.shape[i] == 0) return true;
    if (view_.shape[i] != 1 && view_.strides[i] != stride) return false;
    stride *= view_.shape[i];
  }
  return true;
}

Array Array::contiguous() const { return is_contiguous() ? *this : copy(); }

Array Array::copy() const {
  Array out = empty(shape(), dtype(), device());
  copy_into(out, *this);
  return out;
}

Array Array::astype(DType to) const {
  if (to == dtype()) return *this;
  Array out = empty(shape(), to, device());
  copy_into(out, *this);
  return out;
}

Array Array::to(Device device) const {
  if (device == this->device()) return *this;
  const Array from = contiguous();
  const Array out = empty(shape(), dtype(), device);
  const Device here = this->device(), busy = device.type == DeviceType::Cpu ? here : device;
  if (out.numel() > 0)
    launch(
        "to", busy,
        [=](const Array& out, const Array& from) {
          device_memory(busy).copy(device, out.data(), here, from.data(),
                                   size_t(out.numel()) * itemsize(out.dtype()));
        },
        out, from);
  return out;
}

Array Array::broadcast_to(std::string_view op, const Shape& shape) const {
  const int shift = shape.rank() - rank();
  check(shift >= 0, op, ": shape ", this->shape(), " does not broadcast to ", shape);
  gm::numel(shape);  // refuses a product beyond int64 and negative sizes
  Array out = *this;
  out.view_.rank = shape.rank();
  for (int i = 0; i < shape.rank(); ++i) {
    const int64_t size = i < shift ? 1 : view_.shape[i - shift];
    check(size == shape[i] || size == 1, op, ": shape ", this->shape(), " does not broadcast to ",
          shape);
    out.view_.shape[i] = shape[i];
    out.view_.strides[i] = size == 1 && shape[i] != 1 ? 0
                           : i < shift                ? 0
                                                      : view_.strides[i - shift];
  }
  return out;
}

namespace {

/// Strides that visit `view` in order under another shape of as many elements; false if none do.
/// Works through runs: source dimensions that are one run are matched with as many target sizes.
bool reshaped_strides(const View& view, const Shape& shape, int64_t* strides) {
  int source = view.rank - 1;
  int target = shape.rank() - 1;
  while (target >= 0) {
    while (source >= 0 && view.shape[source] == 1) --source;
    if (source < 0) {  // only sizes of 1 are left
      for (; target >= 0; --target) strides[target] = 1;
      return true;
    }
    int64_t run = view.shape[source], stride = view.strides[source];
    const int64_t unit = stride;
    while (source > 0) {
      if (view.shape[source - 1] == 1) {
        --source;
        continue;
      }
      if (view.strides[source - 1] != stride * view.shape[source]) break;
      stride = view.strides[--source];
      run *= view.shape[source];
    }
    --source;
    int64_t next = unit, filled = 1;
    while (target >= 0 && (filled < run || shape[target] == 1)) {
      strides[target] = next;
      next *= shape[target];
      filled *= shape[target--];
    }
    if (filled != run) return false;
  }
  return true;
}

}  // namespace

Array Array::reshape(std::string_view op, Shape shape) const {
  const int64_t count = numel();
  int unknown = -1;
  int64_t known = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1) {
      check(unknown < 0, op, ": only one size of ", shape, " may be -1");
      unknown = i;
    } else {
      check(shape[i] >= 0, op, ": negative size in shape ", shape);
      known = checked_mul(known, shape[i]);
    }
  }
  if (unknown >= 0) {
    check(known != 0 && count % known == 0, op, ": shape ", this->shape(), " has ",
          (long long)count, " elements, which ", shape, " cannot hold");
    shape[unknown] = count / known;
  } else {
    check(known == count, op, ": shape ", this->shape(), " has ", (long long)count,
          " elements, shape ", shape, " has ", (long long)known);
  }
  if (shape == this->shape()) return *this;
  Array out = *this;
  if (is_contiguous()) {
    set_row_major(out.view_, shape);
    return out;
  }
  if (reshaped_strides(view_, shape, out.view_.strides)) {
    out.view_.rank = shape.rank();
    for (int i = 0; i < shape.rank(); ++i) out.view_.shape[i] = shape[i];
    return out;
  }
  out = copy();
  set_row_major(out.view_, shape);
  return out;
}

Array Array::permute(std::string_view op, const Shape& axes) const {
  check(axes.rank() == rank(), op, ": ", axes.rank(), " axes given for an array of ", rank(),
        " dimensions");
  normalize_axes(op, axes, rank());  // refuses repeated ones
  Array out = *this;
  for (int i = 0; i < rank(); ++i) {
    const int axis = normalize_axis(op, axes[i], rank());
    out.view_.shape[i] = view_.shape[axis];
    out.view_.strides[i] = view_.strides[axis];
  }
  return out;
}

Array Array::transposed() const {
  Array out = *this;
  std::swap(out.view_.shape[rank() - 1], out.view_.shape[rank() - 2]);
  std::swap(out.view_.strides[rank() - 1], out.view_.strides[rank() - 2]);
  return out;
}

Array Array::slice(int axis, int64_t start, int64_t length, int64_t step) const {
  Array out = *this;
  if (length > 0) out.view_.data += start * view_.strides[axis] * int64_t(itemsize(dtype()));
  out.view_.shape[axis] = length;
  out.view_.strides[axis] = view_.strides[axis] * step;
  return out;
}

void mark_written(const Array& array, const char* op) {
  Storage* storage = array.storage_.get();
  check(!storage->readonly, op, ": the array is read-only");
  for (int i = 0; i < array.rank(); ++i)
    check(array.view_.strides[i] != 0 || array.view_.shape[i] <= 1 || array.numel() == 0, op,
          ": cannot write into a broadcast view of shape ", array.shape(),
          ": its elements share memory; copy it first");
  storage->last_writer.store(op, std::memory_order_relaxed);
  storage->version.fetch_add(1, std::memory_order_release);
}

bool may_overlap(const Array& a, const Array& b) {
  struct Extent {
    const char *low, *high;
  };
  const auto extent = [](const View& v) {
    int64_t low = 0, high = int64_t(itemsize(v.dtype));
    for (int i = 0; i < v.rank; ++i) {
      const int64_t reach = (v.shape[i] - 1) * v.strides[i] * int64_t(itemsize(v.dtype));
      (reach < 0 ? low : high) += reach;
    }
    return Extent{v.data + low, v.data + high};
  };
  if (a.numel() == 0 || b.numel() == 0) return false;
  const Extent x = extent(a.view()), y = extent(b.view());
  return x.low < y.high && y.low < x.high;
}

}  // namespace gm
