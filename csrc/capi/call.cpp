#include "capi/call.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "core/shape.h"

namespace gm::capi {

namespace {

thread_local char last_error[1024];

gemmule_status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Value:
    case ErrorKind::Buffer:
      return GEMMULE_ERROR_VALUE;
    case ErrorKind::Type:
      return GEMMULE_ERROR_TYPE;
    case ErrorKind::Index:
      return GEMMULE_ERROR_INDEX;
    case ErrorKind::Memory:
      return GEMMULE_ERROR_MEMORY;
    case ErrorKind::Overflow:
      return GEMMULE_ERROR_OVERFLOW;
    case ErrorKind::Runtime:
      break;
  }
  return GEMMULE_ERROR_RUNTIME;
}

gemmule_status failed(gemmule_status status, const char* message) {
  std::snprintf(last_error, sizeof last_error, "%s", message);
  return status;
}

constexpr int32_t kCpu = 1;
constexpr size_t kAddressable = size_t(1) << 48;

DType dtype_of(const char* op, const char* name, const gemmule_tensor& tensor) {
  const int code = tensor.dtype.code, bits = tensor.dtype.bits, lanes = tensor.dtype.lanes;
  struct Row {
    int code, bits;
    DType dtype;
  };
  static constexpr Row kRows[] = {
      {GEMMULE_FLOAT, 32, DType::Float32}, {GEMMULE_FLOAT, 64, DType::Float64},
      {GEMMULE_INT, 64, DType::Int64},     {GEMMULE_INT, 32, DType::Int32},
      {GEMMULE_FLOAT, 16, DType::Float16}, {GEMMULE_BFLOAT, 16, DType::BFloat16},
      {GEMMULE_BOOL, 8, DType::Bool},      {GEMMULE_UINT, 8, DType::UInt8},
      {GEMMULE_INT, 8, DType::Int8},       {GEMMULE_UINT, 16, DType::UInt16},
      {GEMMULE_INT, 16, DType::Int16},     {GEMMULE_UINT, 32, DType::UInt32},
      {GEMMULE_UINT, 64, DType::UInt64},
  };
  if (lanes == 1)
    for (const Row& row : kRows)
      if (row.code == code && row.bits == bits) return row.dtype;
  fail(ErrorKind::Type, op, ": ", name, " has a dtype of code ", code, ", ", bits, " bits and ",
       lanes, " lanes, which is none of gemmule's");
}

/// What the rules about shapes say, with the names of function and tensor before it.
template <class F>
auto named(const char* op, const char* name, F rule) {
  try {
    return rule();
  } catch (const Error& error) {
    fail(error.kind(), op, ": ", name, ": ", error.what());
  }
}

/// The tensor as a View, everything about it checked but what its pointers lead to.
View view_of(const char* op, const char* name, const gemmule_tensor& tensor) {
  View view;
  view.dtype = dtype_of(op, name, tensor);
  view.device = Device{};
  check_type(int32_t(tensor.device.device_type) == kCpu, op, ": ", name, " is on a device of type ",
             int(tensor.device.device_type), ", expected 1, a CPU");
  check(tensor.ndim >= 0 && tensor.ndim <= kMaxRank, op, ": ", name, " has ", int(tensor.ndim),
        " dimensions, expected 0 to ", kMaxRank);
  check(tensor.ndim == 0 || tensor.shape, op, ": ", name, "'s shape is a null pointer");
  view.rank = tensor.ndim;
  for (int i = 0; i < view.rank; ++i) view.shape[i] = tensor.shape[i];
  const auto item = int64_t(itemsize(view.dtype));
  const auto times = [&](int64_t a, int64_t b) {
    return named(op, name, [&] { return checked_mul(a, b); });
  };
  const int64_t count = named(op, name, [&] { return numel(Shape(view.shape, view.rank)); });
  times(count, item);
  int64_t stride = 1;
  for (int i = view.rank - 1; i >= 0; --i) {
    view.strides[i] = tensor.strides ? tensor.strides[i] : stride;
    if (count > 0) stride *= view.shape[i];
  }
  if (count == 0) {
    // Nothing is read; strides of any value would only get in the way.
    for (int i = 0; i < view.rank; ++i) view.strides[i] = 0;
  } else {
    int64_t low = 0, high = 0;
    for (int i = 0; i < view.rank; ++i) {
      const int64_t reach = times(view.shape[i] - 1, times(view.strides[i], item));
      int64_t& side = reach < 0 ? low : high;
      if (__builtin_add_overflow(side, reach, &side) || side < -int64_t(kAddressable) ||
          side > int64_t(kAddressable))
        fail(ErrorKind::Overflow, op, ": ", name, "'s strides reach beyond the address space");
    }
    check(tensor.data != nullptr, op, ": ", name, "'s data is a null pointer");
  }
  const auto address = reinterpret_cast<uintptr_t>(tensor.data) + tensor.byte_offset;
  check(address % uintptr_t(item) == 0, op, ": ", name, "'s data is not aligned to its ", item,
        "-byte elements");
  view.data = reinterpret_cast<char*>(address);
  return view;
}

bool same_view(const View& a, const View& b) {
  if (a.data != b.data || a.dtype != b.dtype || a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i)
    if (a.shape[i] != b.shape[i] || (a.strides[i] != b.strides[i] && a.shape[i] > 1)) return false;
  return true;
}

/// ValueError if two elements of a result share memory, as far as strides that interleave are not
/// looked into: those are refused too.
void check_distinct(const char* op, const char* name, const Array& array) {
  if (array.is_contiguous() || array.numel() == 0) return;
  int order[kMaxRank], count = 0;
  for (int i = 0; i < array.rank(); ++i)
    if (array.size(i) > 1) order[count++] = i;
  std::sort(order, order + count,
            [&](int a, int b) { return std::abs(array.stride(a)) < std::abs(array.stride(b)); });
  int64_t reach = 0;
  for (int k = 0; k < count; ++k) {
    const int64_t stride = std::abs(array.stride(order[k]));
    check(stride > reach, op, ": elements of ", name, " share memory");
    reach += stride * (array.size(order[k]) - 1);
  }
}

char* aligned(void* data) {
  return reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(data) + 63) & ~uintptr_t(63));
}

}  // namespace

Call::Call(const char* op, gemmule_workspace* workspace) : op_(op), workspace_(workspace) {
  if (workspace) read(op, "workspace", workspace);
}

Call::~Call() {
  while (count_ > 0) reinterpret_cast<Tensor*>(tensors_[--count_])->~Tensor();
}

Call::Tensor& Call::add(const char* name, const gemmule_tensor* tensor) {
  check(tensor != nullptr, op_, ": ", name, " is a null pointer");
  check(count_ < kMost, op_, ": too many tensors");
  const View view = view_of(op_, name, *tensor);
  auto* added = new (tensors_[count_]) Tensor{name, {}, {}, false, Overlap::None};
  ++count_;
  added->storage.data = view.data;
  added->storage.shared = true;
  added->storage.release = [](Storage*) {};  // all of it is the caller's
  added->array = Array(StorageRef(&added->storage), view);
  return *added;
}

const Array& Call::in(const char* name, const gemmule_tensor* tensor) {
  return add(name, tensor).array;
}

const Array* Call::maybe(const char* name, const gemmule_tensor* tensor) {
  return tensor ? &add(name, tensor).array : nullptr;
}

const Array* Call::updated(const char* name, const gemmule_tensor* tensor) {
  if (!tensor) return nullptr;
  Tensor& added = add(name, tensor);
  added.written = true;
  return &added.array;
}

const Array& Call::out(const char* name, const gemmule_tensor* tensor, Overlap overlap) {
  Tensor& added = add(name, tensor);
  added.written = true;
  added.overlap = overlap;
  check_distinct(op_, name, added.array);
  out_[outs_++] = &added;
  return added.array;
}

bool Call::maybe_out(const char* name, const gemmule_tensor* tensor, Overlap overlap) {
  if (tensor)
    out(name, tensor, overlap);
  else
    out_[outs_++] = nullptr;
  return tensor != nullptr;
}

void Call::check_overlaps() const {
  const auto* tensors = reinterpret_cast<const Tensor*>(tensors_);
  for (int i = 0; i < count_; ++i) {
    const Tensor& written = tensors[i];
    if (!written.written) continue;
    for (int j = 0; j < count_; ++j) {
      const Tensor& other = tensors[j];
      if (i == j || !may_overlap(written.array, other.array)) continue;
      const bool itself = written.overlap == Overlap::Exact && !other.written &&
                          same_view(written.array.view(), other.array.view());
      check(itself, op_, ": ", written.name, " overlaps ", other.name);
    }
  }
  if (!workspace_ || !workspace_->data) return;
  View block{};
  block.data = static_cast<char*>(workspace_->data);
  block.dtype = DType::UInt8;
  block.rank = 1;
  block.shape[0] = int64_t(std::min(workspace_->bytes, kAddressable));
  block.strides[0] = 1;
  for (int i = 0; i < count_; ++i) {
    check(!may_overlap(tensors[i].array, Array(StorageRef(), block)), op_, ": ", tensors[i].name,
          " overlaps the workspace");
  }
}

void Call::rehearsed(Placement& placement, int out, const Array& result) const {
  if (!out_[out]) return;
  const Array& target = out_[out]->array;
  expect(op_, out_[out]->name, target, result.shape(), result.dtype());
  // A result that is all of an array made for it is made in the output; any other is copied. Not so
  // one without elements that is a view of an array with some.
  const Storage* made = result.storage().get();
  const int index = placement.index_of(made);
  if (index >= 0 && made->bytes == size_t(result.numel()) * itemsize(result.dtype()) &&
      result.data() == made->data && result.is_contiguous() && target.is_contiguous())
    placement.put(index, target.data());
  else
    copy_into(target, result);  // for the arrays that this may make
}

bool Call::prepare(Placement& placement) const {
  const size_t bytes = placement.plan();
  const size_t needed = bytes ? bytes + 63 : 0;
  if (!workspace_) {
    placement.perform(nullptr);
    return true;
  }
  if (!workspace_->data) {
    workspace_->bytes = needed;
    return false;
  }
  if (workspace_->bytes < needed)
    throw Failure(GEMMULE_ERROR_WORKSPACE, op_, ": the workspace has ", workspace_->bytes,
                  " bytes, but ", needed, " are needed");
  placement.perform(aligned(workspace_->data));
  return true;
}

void Call::performed(int out, const Array& result) const {
  if (!out_[out]) return;
  const Array& target = out_[out]->array;
  if (result.data() != target.data() || target.numel() == 0) copy_into(target, result);
}

gemmule_status guarded(const char* op, gemmule_workspace* workspace, Body body, void* context) {
  try {
    Call call(op, workspace);
    body(context, call);
    return GEMMULE_OK;
  } catch (const Failure& failure) {
    return failed(failure.status, failure.what());
  } catch (const Error& error) {
    return failed(status_of(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    return failed(GEMMULE_ERROR_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return failed(GEMMULE_ERROR_RUNTIME, error.what());
  } catch (...) {
    return failed(GEMMULE_ERROR_RUNTIME, "unknown failure");
  }
}

void expect(const char* op, const char* name, const Array& array, const Shape& shape, DType dtype) {
  check(array.shape() == shape, op, ": ", name, " has shape ", array.shape(), ", expected ", shape);
  check_type(array.dtype() == dtype, op, ": ", name, " is ", array.dtype(), ", expected ", dtype);
}

int64_t bounded(const char* op, const char* name, int64_t value, int64_t zero) {
  constexpr int64_t kMost = int64_t(1) << 31;
  check(value >= -kMost && value <= kMost, op, ": ", name, " of ", (long long)value,
        " is out of bounds");
  return value ? value : zero;
}

void check_indices(const char* op, const char* name, const Array& array, int64_t count) {
  check_type(array.dtype() == DType::Int32, op, ": ", name, " is ", array.dtype(),
             ", expected int32");
  const View& view = array.view();
  int64_t at[kMaxRank] = {};
  const char* data = view.data;
  for (int64_t left = array.numel(); left > 0; --left) {
    const int32_t index = *reinterpret_cast<const int32_t*>(data);
    check_index(index >= 0 && index < count, op, ": ", name, " holds ", int(index),
                ", out of range for ", (long long)count, " elements");
    for (int d = view.rank - 1; d >= 0; --d) {
      data += view.strides[d] * int64_t(sizeof(int32_t));
      if (++at[d] < view.shape[d]) break;
      data -= view.shape[d] * view.strides[d] * int64_t(sizeof(int32_t));
      at[d] = 0;
    }
  }
}

}  // namespace gm::capi

// ---- common -------------------------------------------------------------------------------------

extern "C" const char* gemmule_last_error(void) { return gm::capi::last_error; }
