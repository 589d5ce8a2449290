// What is no operation: versions for the tape, the gradient switch, items, threads, ISA, memory.
#include "core/lines.h"
#include "core/parallel.h"

#include <cstring>

#include "bind/fastcall.h"
#include "bind/stems.h"
#include "core/environment.h"
#include "core/launch.h"
#include "isa/bfloat.h"
#include "isa/cpu.h"
#include "ops/create.h"

namespace gm::bind {

namespace {

/// version(*items): the sum of the Arrays' storage versions (other objects count nothing). A
/// version only grows, so the sum stays the same exactly if every one does.
PyObject* version(PyObject*, PyObject* const* args, Py_ssize_t count) {
  int64_t sum = 0;
  for (Py_ssize_t i = 0; i < count; ++i)
    if (is_array(args[i]))
      sum += unwrap(args[i]).storage()->version.load(std::memory_order_acquire);
  return PyLong_FromLongLong(sum);
}

const char* last_writer(const Array& array) {
  const char* writer = array.storage()->last_writer.load();
  return writer ? writer : "";
}

/// Whether two arrays have one shape and dtype: the tape then has nothing to un-broadcast.
bool alike(const Array& a, const Array& b) {
  if (a.dtype() != b.dtype() || a.rank() != b.rank()) return false;
  for (int i = 0; i < a.rank(); ++i)
    if (a.size(i) != b.size(i)) return false;
  return true;
}

thread_local bool recording = true;
bool grad_enabled() { return recording; }
bool set_grad_enabled(bool enabled) {
  const bool before = recording;
  recording = enabled;
  return before;
}

PyObject* item(PyObject*, PyObject* object) {
  try {
    const Array array = Take<const Array&>::from(named<"item(x)">, 1, object).to(Device{});
    if (recording_calls) [[unlikely]]
      record_look("item", object);
    check(array.numel() == 1, "item: only an array of one element is a scalar, this has shape ",
          array.shape());
    const View& v = array.view();
    if (is_float(v.dtype)) {
      double value;
      copy_line({v.data, 1, v.dtype, reinterpret_cast<char*>(&value), 1, DType::Float64}, 1);
      return PyFloat_FromDouble(value);
    }
    if (v.dtype == DType::Bool) return PyBool_FromLong(*v.data != 0);
    if (v.dtype == DType::UInt64) {
      uint64_t value;
      std::memcpy(&value, v.data, sizeof value);
      return PyLong_FromUnsignedLongLong(value);
    }
    int64_t value;
    copy_line({v.data, 1, v.dtype, reinterpret_cast<char*>(&value), 1, DType::Int64}, 1);
    return PyLong_FromLongLong(value);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* buffer_array(PyObject*, PyObject* object) {
  try {
    return wrap(from_buffer(object));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

/// host_op(name, function, *args): function(*args), work borrowed from NumPy, through the door.
PyObject* host_op(PyObject*, PyObject* const* args, Py_ssize_t count) {
  try {
    if (count < 2) bad_count("host_op", count, 2, 8);
    const char* name = lasting(Take<const char*>::from(named<"host_op(name)">, 1, args[0]));
    struct Call {
      PyObject* const* args;
      size_t count;
      PyObject* result;
    } call{args + 1, size_t(count - 2), nullptr};
    const auto run = [](void* context) {
      auto& c = *static_cast<Call*>(context);
      c.result = PyObject_Vectorcall(c.args[0], c.args + 1, c.count, nullptr);
    };
    if (!launch_on_host(name, run, &call))
      fail(ErrorKind::Runtime, name,
           ": NumPy computes this on the host, which no capture can hold");
    return call.result;
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

/// The same memory as a dtype of the same size.
Array reinterpret(const Array& array, DType dtype) {
  check_type(itemsize(dtype) == itemsize(array.dtype()), "reinterpret: ", array.dtype(), " and ",
             dtype, " differ in size");
  View view = array.view();
  view.dtype = dtype;
  return Array(array.storage(), view);
}

DType promote_dtypes(DType a, DType b) { return promote(a, b); }
const char* isa() { return name(running_isa()); }
void choose_isa(const char* name) { set_isa(name); }
const char* bfloat_products() { return name(bfloat_pairs()); }
void choose_bfloat_products(const char* name) { set_bfloat_pairs(name); }
std::vector<std::string> runnable_bfloat_products() {
  std::vector<std::string> names;
  for (BFloatPairs pairs : {BFloatPairs::None, BFloatPairs::Avx512, BFloatPairs::Amx})
    if (can_run(pairs)) names.emplace_back(name(pairs));
  return names;
}
std::vector<std::string> runnable_isas() {
  std::vector<std::string> names;
  for (Isa candidate : {Isa::V2, Isa::V3, Isa::V4, Isa::Neon})
    if (can_run(candidate)) names.emplace_back(name(candidate));
  return names;
}
const char* compiler() { return GEMMULE_COMPILER; }
const char* flags() { return GEMMULE_FLAGS; }
/// destination[...] = source, broadcast and cast.
void write_into(const Array& destination, const Array& source) {
  ops::fill(destination, source, "copy_");
}
void note_write(const Array& array, const char* op) { mark_written(array, lasting(op)); }

Array alias(const Array& array) { return array; }
Array copy(const Array& array) { return array.copy(); }
Array astype(const Array& array, DType dtype) { return array.astype(dtype); }
Array contiguous(const Array& array) { return array.contiguous(); }

}  // namespace

PyMethodDef core_methods[] = {
    {"version", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(version)), METH_FASTCALL,
     nullptr},
    {"item", item, METH_O, nullptr},
    {"from_buffer", buffer_array, METH_O, nullptr},
    {"host_op", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(host_op)), METH_FASTCALL,
     nullptr},
    def<reinterpret, "reinterpret(x, dtype)">(),
    def<alias, "alias(x)">(),
    def<copy, "copy(x)">(),
    def<astype, "astype(x, dtype)">(),
    def<contiguous, "contiguous(x)">(),
    def<write_into, "copy_into(out, result)">(),
    def<last_writer, "last_writer">(),
    def<note_write, "mark_written">(),
    def<alike, "alike">(),
    def<grad_enabled, "grad_enabled">(),
    def<set_grad_enabled, "set_grad_enabled">(),
    def<promote_dtypes, "promote_types(type1, type2)">(),
    def<num_threads, "num_threads">(),
    def<set_num_threads, "set_num_threads(n)">(),
    def<isa, "isa">(),
    def<choose_isa, "set_isa">(),
    def<runnable_isas, "runnable_isas">(),
    def<bfloat_products, "bfloat_products">(),
    def<choose_bfloat_products, "set_bfloat_products">(),
    def<runnable_bfloat_products, "runnable_bfloat_products">(),
    def<compiler, "compiler">(),
    def<flags, "flags">(),
    {},
};

}  // namespace gm::bind
