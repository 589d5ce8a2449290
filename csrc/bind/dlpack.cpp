// DLPack both ways: Arrays as capsules, and capsules as Arrays, without a copy.
//
// Who owns what. A capsule handed out holds a reference to the storage until its consumer calls
// the deleter, or, never consumed, until the capsule itself is dropped. A capsule taken in is
// renamed "used_…" only once the Array stands: on any error before, it still owns its tensor.
#include <new>

#include "bind/dlpack_abi.h"
#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

// In the order of DType's enumerators.
constexpr dlpack::DataType kTypes[kDTypes] = {
    {dlpack::kBool, 8, 1},   {dlpack::kUInt, 8, 1},    {dlpack::kUInt, 16, 1},
    {dlpack::kUInt, 32, 1},  {dlpack::kUInt, 64, 1},   {dlpack::kInt, 8, 1},
    {dlpack::kInt, 16, 1},   {dlpack::kInt, 32, 1},    {dlpack::kInt, 64, 1},
    {dlpack::kFloat, 16, 1}, {dlpack::kBfloat, 16, 1}, {dlpack::kFloat, 32, 1},
    {dlpack::kFloat, 64, 1},
};

template <class Managed>
inline constexpr const char* kName = "dltensor";
template <>
inline constexpr const char* kName<dlpack::ManagedVersioned> = "dltensor_versioned";
template <class Managed>
inline constexpr const char* kUsedName = "used_dltensor";
template <>
inline constexpr const char* kUsedName<dlpack::ManagedVersioned> = "used_dltensor_versioned";

// ---- out
// -----------------------------------------------------------------------------------------

/// The managed tensor, the Array that it shows, and the numbers that it points to, in one block.
template <class Managed>
struct Exported {
  Managed managed;
  Array array;
  int64_t shape[kMaxRank];
  int64_t strides[kMaxRank];
};

template <class Managed>
void delete_exported(Managed* managed) {
  delete static_cast<Exported<Managed>*>(managed->context);
}

/// The destructor of a capsule that nobody consumed. Runs with an exception possibly set.
template <class Managed>
void drop_capsule(PyObject* capsule) {
  if (!PyCapsule_IsValid(capsule, kName<Managed>)) return;
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, kName<Managed>));
  if (managed->deleter) managed->deleter(managed);
}

template <class Managed>
PyObject* export_as(const Array& array, [[maybe_unused]] uint64_t flags) {
  auto* exported = new Exported<Managed>{{}, array, {}, {}};
  const View& view = exported->array.view();
  const bool contiguous = array.is_contiguous();
  int64_t row_major = 1;
  for (int i = view.rank - 1; i >= 0; --i) {
    exported->shape[i] = view.shape[i];
    // Where it does not matter (sizes of 1 and 0) consumers like the strides row-major.
    exported->strides[i] = contiguous ? row_major : view.strides[i];
    row_major *= view.shape[i];
  }
  dlpack::Tensor& tensor = exported->managed.tensor;
  tensor.data = array.numel() ? view.data : nullptr;  // of no elements there is no address
  tensor.device = {dlpack::kCpu, 0};
  tensor.ndim = view.rank;
  tensor.dtype = kTypes[int(view.dtype)];
  tensor.shape = exported->shape;
  tensor.strides = exported->strides;
  tensor.byte_offset = 0;
  exported->managed.context = exported;
  exported->managed.deleter = delete_exported<Managed>;
  if constexpr (requires { exported->managed.flags; }) {
    exported->managed.version = dlpack::kVersion;
    exported->managed.flags = flags;
  }
  PyObject* capsule = PyCapsule_New(&exported->managed, kName<Managed>, drop_capsule<Managed>);
  if (!capsule) delete exported;
  return capsule;
}

/// to_dlpack(array, versioned, copy): a capsule.
PyObject* to_dlpack(PyObject*, PyObject* const* args, Py_ssize_t count) noexcept {
  try {
    if (count != 3) bad_count("to_dlpack", count, 3, 3);
    const Array& source =
        Take<const Array&>::from(named<"to_dlpack(x, versioned, copy)">, 1, args[0]);
    if (recording_calls) [[unlikely]]
      record_look("to_dlpack", args[0]);
    if (source.device().type != DeviceType::Cpu)
      fail(ErrorKind::Buffer, "__dlpack__: the tensor is on a CUDA device; copy it with .cpu()");
    const bool versioned = Take<bool>::from(named<"to_dlpack(x, versioned, copy)">, 2, args[1]);
    const bool copy = Take<bool>::from(named<"to_dlpack(x, versioned, copy)">, 3, args[2]);
    const Array array = copy ? source.copy() : source;
    Storage* storage = array.storage().get();
    if (storage->readonly && !versioned)
      fail(ErrorKind::Buffer,
           "__dlpack__: this tensor is read-only, which a capsule before DLPack 1.0 cannot say; "
           "ask for max_version=(1, 0) or for a copy");
    storage->shared = true;  // from now on someone outside may write
    if (!versioned) return export_as<dlpack::Managed>(array, 0);
    return export_as<dlpack::ManagedVersioned>(
        array, (storage->readonly ? uint64_t(dlpack::kReadOnly) : 0) |
                   (copy ? uint64_t(dlpack::kIsCopied) : 0));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

// ---- in
// ------------------------------------------------------------------------------------------

template <class Managed>
void release_managed(Storage* storage) {
  // The last reference may be dropped by any thread, and after Python has shut down; deleters of
  // Python's libraries expect the interpreter, and its lock.
  auto* managed = static_cast<Managed*>(storage->owner);
  if (managed->deleter && Py_IsInitialized()) {
    const PyGILState_STATE state = PyGILState_Ensure();
    managed->deleter(managed);
    PyGILState_Release(state);
  }
  delete storage;
}

DType dtype_of_dlpack(dlpack::DataType type) {
  for (int i = 0; i < kDTypes; ++i)
    if (kTypes[i].code == type.code && kTypes[i].bits == type.bits && type.lanes == 1)
      return DType(i);
  fail(ErrorKind::Buffer, "from_dlpack: element type of code ", int(type.code), ", ",
       int(type.bits), " bits, ", int(type.lanes), " lanes has no gemmule dtype");
}

View view_of(const dlpack::Tensor& tensor) {
  if (tensor.device.type != dlpack::kCpu && tensor.device.type != dlpack::kCudaHost)
    fail(ErrorKind::Buffer, "from_dlpack: the tensor is on DLPack device type ", tensor.device.type,
         "; this build reads 1 (CPU)");
  if (tensor.ndim < 0 || tensor.ndim > kMaxRank)
    fail(ErrorKind::Buffer, "from_dlpack: at most ", kMaxRank, " dimensions are supported, got ",
         tensor.ndim);
  View view;
  view.dtype = dtype_of_dlpack(tensor.dtype);
  view.device = {};
  view.rank = tensor.ndim;
  view.data = tensor.data ? static_cast<char*>(tensor.data) + tensor.byte_offset : nullptr;
  int64_t row_major = 1;
  for (int i = view.rank - 1; i >= 0; --i) {
    view.shape[i] = tensor.shape[i];
    view.strides[i] = tensor.strides ? tensor.strides[i] : row_major;
    row_major *= tensor.shape[i];
  }
  if (reinterpret_cast<uintptr_t>(view.data) % itemsize(view.dtype) != 0)
    fail(ErrorKind::Buffer, "from_dlpack: the data is not aligned to its item size of ",
         itemsize(view.dtype), " bytes; copy the tensor first");
  return view;
}

/// (Array, whether its producer says it made a copy).
template <class Managed>
PyObject* import_as(PyObject* capsule) {
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, kName<Managed>));
  uint64_t flags = 0;
  if constexpr (requires { managed->flags; }) {
    if (managed->version.major != dlpack::kVersion.major)
      fail(ErrorKind::Buffer, "from_dlpack: this is DLPack ", int(managed->version.major), ".",
           int(managed->version.minor), ", only 1.x is understood");
    flags = managed->flags;
  }
  const View view = view_of(managed->tensor);
  auto* storage = new Storage;
  StorageRef owner(storage);
  storage->release = [](Storage* s) { delete s; };  // until the capsule has given its tensor up
  storage->data = view.data;
  Array array(owner, view);
  storage->bytes = size_t(array.numel()) * itemsize(view.dtype);
  storage->readonly = flags & dlpack::kReadOnly;
  storage->shared = !(flags & dlpack::kIsCopied);
  if (PyCapsule_SetName(capsule, kUsedName<Managed>) < 0) return nullptr;
  storage->owner = managed;
  storage->release = release_managed<Managed>;
  return give(std::tuple<Array, bool>(std::move(array), bool(flags & dlpack::kIsCopied)));
}

PyObject* from_dlpack(PyObject*, PyObject* capsule) noexcept {
  try {
    if (PyCapsule_IsValid(capsule, kName<dlpack::ManagedVersioned>))
      return import_as<dlpack::ManagedVersioned>(capsule);
    if (PyCapsule_IsValid(capsule, kName<dlpack::Managed>))
      return import_as<dlpack::Managed>(capsule);
    const bool used = PyCapsule_IsValid(capsule, kUsedName<dlpack::ManagedVersioned>) ||
                      PyCapsule_IsValid(capsule, kUsedName<dlpack::Managed>);
    fail(used ? ErrorKind::Value : ErrorKind::Type,
         used ? "from_dlpack: this capsule was consumed already"
              : "from_dlpack: __dlpack__ gave no DLPack capsule");
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

}  // namespace

PyMethodDef dlpack_methods[] = {
    {"to_dlpack", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(to_dlpack)),
     METH_FASTCALL, nullptr},
    {"from_dlpack", from_dlpack, METH_O, nullptr},
    {},
};

}  // namespace gm::bind
