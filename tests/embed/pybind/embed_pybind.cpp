// A pybind11 extension that takes gemmule's Tensors (and NumPy's, PyTorch's …) through DLPack,
// without copying, and hands them to the C ABI.
#include <pybind11/pybind11.h>
#include <gemmule/gemmule.hpp>

namespace py = pybind11;

namespace {

// DLPack's DLManagedTensor, which a capsule named "dltensor" holds.
struct ManagedTensor {
  gemmule_tensor tensor;
  void* context;
  void (*deleter)(ManagedTensor*);
};

/// The tensor of an object with __dlpack__, kept alive.
class Borrowed {
 public:
  explicit Borrowed(const py::object& object) : capsule_(object.attr("__dlpack__")()) {
    managed_ = static_cast<ManagedTensor*>(PyCapsule_GetPointer(capsule_.ptr(), "dltensor"));
    if (!managed_) throw py::error_already_set();
    // Taken: the capsule's own destructor leaves it alone from now on.
    PyCapsule_SetName(capsule_.ptr(), "used_dltensor");
  }
  ~Borrowed() {
    if (managed_->deleter) managed_->deleter(managed_);
  }
  Borrowed(const Borrowed&) = delete;
  const gemmule_tensor* get() const { return &managed_->tensor; }

 private:
  py::object capsule_;
  ManagedTensor* managed_;
};

/// gelu(x), written over x.
void gelu_(const py::object& x) {
  const Borrowed tensor(x);
  const gemmule_activation gelu = gemmule::activation(GEMMULE_GELU);
  gemmule_status status;
  {
    const py::gil_scoped_release release;
    status = gemmule_activate(tensor.get(), &gelu, tensor.get(), nullptr);
  }
  gemmule::check(status);
}

/// Where x's elements are.
uintptr_t address(const py::object& x) {
  const Borrowed tensor(x);
  return reinterpret_cast<uintptr_t>(tensor.get()->data) + tensor.get()->byte_offset;
}

}  // namespace

PYBIND11_MODULE(embed_pybind, m) {
  py::register_exception<gemmule::error>(m, "Error", PyExc_ValueError);
  m.def("gelu_", gelu_);
  m.def("address", address);
}
