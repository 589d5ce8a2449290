// Array: a View and the Storage that keeps it alive. What every operation takes and gives.
#pragma once

#include "core/device.h"
#include "core/shape.h"

namespace gm {

class Array {
 public:
  Array() { view_.data = nullptr, view_.rank = 0; }
  Array(StorageRef storage, const View& view);
  Array(const Array& o);
  Array(Array&& o) noexcept;
  Array& operator=(const Array& o);
  Array& operator=(Array&& o) noexcept;

  /// Uninitialised, row-major. ValueError on negative sizes, OverflowError on impossible ones.
  static Array empty(const Shape& shape, DType dtype, Device device = {});
  static Array zeros(const Shape& shape, DType dtype, Device device = {});

  const View& view() const { return view_; }
  const StorageRef& storage() const { return storage_; }
  explicit operator bool() const { return static_cast<bool>(storage_); }

  int rank() const { return view_.rank; }
  int64_t size(int axis) const { return view_.shape[axis]; }
  int64_t stride(int axis) const { return view_.strides[axis]; }
  Shape shape() const { return Shape(view_.shape, view_.rank); }
  DType dtype() const { return view_.dtype; }
  Device device() const { return view_.device; }
  int64_t numel() const;
  bool is_contiguous() const;  ///< Row-major without gaps; sizes of 1 have any stride.
  /// The address of element 0, for kernels.
  template <class T = char>
  T* address() const {
    return reinterpret_cast<T*>(view_.data);
  }
  char* data() const { return view_.data; }
  /// The elements, for the host to read and write; RuntimeError where they are on another device.
  template <class T>
  T* data() const {
#if GEMMULE_HAS_CUDA
    if (view_.device.type != DeviceType::Cpu) [[unlikely]]
      not_on_host();
#endif
    return reinterpret_cast<T*>(view_.data);
  }

  /// The same elements as row-major memory: itself where it already is, else a copy.
  Array contiguous() const;
  /// A fresh row-major copy.
  Array copy() const;
  /// Itself where the dtype agrees, else a converted row-major copy.
  Array astype(DType dtype) const;
  /// Itself where it is there, else a row-major copy on that device.
  Array to(Device device) const;

  /// A view with stride 0 along new and size-1 dimensions. ValueError if it cannot be.
  Array broadcast_to(std::string_view op, const Shape& shape) const;
  /// The elements in this order in another shape: a view if strides allow it, else a copy.
  Array reshape(std::string_view op, Shape shape) const;
  Array permute(std::string_view op, const Shape& axes) const;
  /// Swaps the last two dimensions.
  Array transposed() const;
  /// The view of one position of the first axis, which there must be. Here, for x[3].
  Array row(int64_t position) const {
    Array out(storage_);
    out.view_.data = view_.data + position * view_.strides[0] * int64_t(itemsize(view_.dtype));
    out.view_.dtype = view_.dtype;
    out.view_.device = view_.device;
    out.view_.rank = view_.rank - 1;
    for (int i = 1; i < view_.rank; ++i) {
      out.view_.shape[i - 1] = view_.shape[i];
      out.view_.strides[i - 1] = view_.strides[i];
    }
    return out;
  }
  /// Elements start, start+step, … (length of them) along an axis, as a view.
  Array slice(int axis, int64_t start, int64_t length, int64_t step) const;

 private:
  explicit Array(const StorageRef& storage) : storage_(storage) {}
  friend void mark_written(const Array& array, const char* op);
  StorageRef storage_;
  View view_;
};

/// Call before an operation writes into an existing array: ValueError if it is read-only or its
/// elements overlap each other (a broadcast view), else its storage's version goes up.
void mark_written(const Array& array, const char* op);

/// Whether the two may share a byte (by the extents of their views).
bool may_overlap(const Array& a, const Array& b);
/// Whether that is worth asking: different storages lie apart, unless both are of memory that is
/// shared with the outside, where one may be a part of the other.
inline bool may_share(const Array& a, const Array& b) {
  return a.storage().get() == b.storage().get() || (a.storage()->shared && b.storage()->shared);
}

/// Copies values, converting the dtype, any strides; shapes are equal already and the two do not
/// overlap. Defined in ops/cast.cpp, the one place where core leans on a kernel.
void copy_into(const Array& destination, const Array& source);

}  // namespace gm
