// The buffer protocol: NumPy both ways, without a copy.
#include <cstring>

#include "bind/array_object.h"
#include "bind/fastcall.h"

namespace gm::bind {

namespace {

// PEP 3118 formats in the order of the enumerators; bfloat16 has none.
constexpr const char* kFormat[kDTypes] = {"?", "B", "H", "I",     "Q", "b", "h",
                                          "i", "q", "e", nullptr, "f", "d"};

bool is_column_major(const Array& array) {
  int64_t stride = 1;
  for (int i = 0; i < array.rank(); ++i) {
    if (array.size(i) != 1 && array.stride(i) != stride) return array.numel() == 0;
    stride *= array.size(i);
  }
  return true;
}

int array_getbuffer(PyObject* self, Py_buffer* buffer, int flags) {
  if (recording_calls) [[unlikely]]
    record_look("buffer", self);
  const Array& array = unwrap(self);
  const View& view = array.view();
  const char* format = kFormat[int(view.dtype)];
  buffer->obj = nullptr;
  if (view.device.type != DeviceType::Cpu) {
    PyErr_SetString(PyExc_TypeError, "the tensor is on a CUDA device: copy it with .cpu() first");
    return -1;
  }
  if (!format) {
    PyErr_SetString(PyExc_TypeError,
                    "bfloat16 has no buffer-protocol format (PEP 3118): convert with .float(), or "
                    "install ml_dtypes and use .numpy()");
    return -1;
  }
  Storage* storage = array.storage().get();
  if (storage->readonly && (flags & PyBUF_WRITABLE)) {
    PyErr_SetString(PyExc_BufferError, "the array is read-only");
    return -1;
  }
  const bool strided = (flags & PyBUF_STRIDES) == PyBUF_STRIDES;
  const auto asks = [flags](int order) { return (flags & order) == order; };
  const bool row_major = array.is_contiguous();
  const bool fits = asks(PyBUF_ANY_CONTIGUOUS) ? row_major || is_column_major(array)
                    : asks(PyBUF_F_CONTIGUOUS) ? is_column_major(array)
                                               : row_major;
  if (!fits && (!strided || asks(PyBUF_C_CONTIGUOUS) || asks(PyBUF_F_CONTIGUOUS) ||
                asks(PyBUF_ANY_CONTIGUOUS))) {
    PyErr_SetString(PyExc_BufferError, "the array is not contiguous");
    return -1;
  }
  auto* numbers =
      static_cast<Py_ssize_t*>(PyMem_Malloc(sizeof(Py_ssize_t) * size_t(2 * view.rank + 1)));
  if (!numbers) {
    PyErr_NoMemory();
    return -1;
  }
  const auto bytes = Py_ssize_t(itemsize(view.dtype));
  for (int i = 0; i < view.rank; ++i) {
    numbers[i] = view.shape[i];
    numbers[view.rank + i] = view.strides[i] * bytes;
  }
  storage->shared = true;  // from now on someone outside may write
  buffer->buf = view.data;
  buffer->obj = Py_NewRef(self);
  buffer->len = array.numel() * bytes;
  buffer->readonly = storage->readonly;
  buffer->itemsize = bytes;
  buffer->format = (flags & PyBUF_FORMAT) ? const_cast<char*>(format) : nullptr;
  buffer->ndim = view.rank;
  buffer->shape = (flags & PyBUF_ND) ? numbers : nullptr;
  buffer->strides = strided ? numbers + view.rank : nullptr;
  buffer->suboffsets = nullptr;
  buffer->internal = numbers;
  return 0;
}

void array_releasebuffer(PyObject*, Py_buffer* buffer) { PyMem_Free(buffer->internal); }

/// The dtype of a format in native byte order, by kind and size ('l' is 4 or 8 bytes by platform).
bool dtype_of_format(const char* format, Py_ssize_t bytes, DType* dtype) {
  if (*format == '@' || *format == '=' || *format == '<') ++format;  // little-endian machines only
  if (!*format || format[1]) return false;
  const char code = *format;
  const bool is_signed_code = std::strchr("bhilq", code),
             is_unsigned_code = std::strchr("BHILQ", code);
  for (int i = 0; i < kDTypes; ++i) {
    const auto candidate = DType(i);
    if (candidate == DType::BFloat16 || Py_ssize_t(itemsize(candidate)) != bytes) continue;
    const bool matches = code == '?'                           ? candidate == DType::Bool
                         : std::strchr("efd", code) != nullptr ? is_float(candidate)
                         : is_signed_code   ? is_integer(candidate) && is_signed(candidate)
                         : is_unsigned_code ? is_integer(candidate) && !is_signed(candidate)
                                            : false;
    if (matches) {
      *dtype = candidate;
      return true;
    }
  }
  return false;
}

void release_buffer(Storage* storage) {
  // The last reference may be dropped by any thread, and after Python has shut down.
  auto* buffer = static_cast<Py_buffer*>(storage->owner);
  if (Py_IsInitialized()) {
    const PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(buffer);
    PyGILState_Release(state);
  }
  delete buffer;
  delete storage;
}

}  // namespace

PyBufferProcs array_buffer = {array_getbuffer, array_releasebuffer};

Array from_buffer(PyObject* exporter) {
  auto* buffer = new Py_buffer;
  if (PyObject_GetBuffer(exporter, buffer, PyBUF_RECORDS_RO) < 0) {
    delete buffer;
    bad_argument(named<"asarray(obj)">, 1, "an object with the buffer protocol", exporter);
  }
  auto* storage = new Storage;
  storage->release = release_buffer;
  storage->owner = buffer;
  StorageRef owner(storage);
  storage->data = static_cast<char*>(buffer->buf);
  storage->bytes = size_t(buffer->len);
  storage->shared = true;
  storage->readonly = buffer->readonly;

  View view;
  view.data = storage->data;
  view.device = {};
  view.rank = buffer->ndim;
  const char* format = buffer->format ? buffer->format : "B";
  check_type(dtype_of_format(format, buffer->itemsize, &view.dtype), "asarray: buffer format '",
             format, "' has no gemmule dtype");
  check(buffer->ndim <= kMaxRank, "asarray: at most ", kMaxRank, " dimensions are supported, got ",
        buffer->ndim);
  for (int i = 0; i < view.rank; ++i) {
    view.shape[i] = buffer->shape[i];
    check(buffer->strides[i] % buffer->itemsize == 0 || buffer->shape[i] <= 1,
          "asarray: stride of ", (long long)buffer->strides[i], " bytes is no multiple of the ",
          (long long)buffer->itemsize, "-byte item; copy the array first");
    view.strides[i] = buffer->strides[i] / buffer->itemsize;
  }
  check(reinterpret_cast<uintptr_t>(view.data) % itemsize(view.dtype) == 0 || buffer->len == 0,
        "asarray: the buffer is not aligned to its item size; copy the array first");
  return Array(std::move(owner), view);
}

}  // namespace gm::bind
