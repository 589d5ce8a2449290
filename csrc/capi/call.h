// What every function of the C ABI is made of: arguments become Arrays, the operation is rehearsed
// and performed (core/placement.h), exceptions become a status and a message.
//
//   gemmule_status gemmule_softmax(x, axis, y, workspace) {
//     return guarded("softmax", workspace, [&](Call& call) {
//       const Array& in = call.in("x", x);
//       call.out("y", y);
//       call.compute([&] { return Results{ops::softmax(in, axis, std::nullopt)}; });
//     });
//   }
#pragma once

#include <initializer_list>

#include "core/array.h"
#include "core/error.h"
#include "core/placement.h"
#include "gemmule/gemmule.h"

namespace gm::capi {

/// A failure that Python does not know: its own status.
class Failure : public Error {
 public:
  template <class... Parts>
  explicit Failure(gemmule_status status, const Parts&... parts)
      : Error(ErrorKind::Runtime, text(parts...)), status(status) {}
  const gemmule_status status;
};

/// What an operation gives, in the order of Call::out.
struct Results {
  static constexpr int kMost = 8;
  template <class... Arrays>
  explicit Results(Arrays&&... arrays) : array{std::forward<Arrays>(arrays)...} {}
  Array array[kMost];
};

enum class Overlap { None, Exact };  ///< Exact: a result may be an argument itself

class Call {
 public:
  Call(const char* op, gemmule_workspace* workspace);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const char* op() const { return op_; }
  /// An argument, which must be given.
  const Array& in(const char* name, const gemmule_tensor* tensor);
  /// An argument, or null.
  const Array* maybe(const char* name, const gemmule_tensor* tensor);
  /// An argument that the operation writes into as well; or null.
  const Array* updated(const char* name, const gemmule_tensor* tensor);
  /// A result, which must be given.
  const Array& out(const char* name, const gemmule_tensor* tensor, Overlap overlap = Overlap::None);
  /// A result, or one that is not wanted. Whether it is.
  bool maybe_out(const char* name, const gemmule_tensor* tensor, Overlap overlap = Overlap::None);

  /// Rehearses body(), checks its Results against the outputs, and performs it; or answers a query.
  template <class Body>
  void compute(Body body) {
    check_overlaps();
    Placement placement;
    {
      const Results results = body();
      for (int i = 0; i < outs_; ++i) rehearsed(placement, i, results.array[i]);
    }
    if (!prepare(placement)) return;
    const Results results = body();
    for (int i = 0; i < outs_; ++i) performed(i, results.array[i]);
  }

 private:
  struct Tensor {
    const char* name;
    Storage storage;
    Array array;
    bool written;
    Overlap overlap;
  };
  static constexpr int kMost = 20;

  Tensor& add(const char* name, const gemmule_tensor* tensor);
  void check_overlaps() const;
  void rehearsed(Placement& placement, int out, const Array& result) const;
  bool prepare(Placement& placement) const;
  void performed(int out, const Array& result) const;

  const char* op_;
  gemmule_workspace* workspace_;
  int count_ = 0, outs_ = 0;
  Tensor* out_[Results::kMost];
  alignas(Tensor) char tensors_[kMost][sizeof(Tensor)];
};

/// Runs body(call); what it throws becomes the status and this thread's message.
using Body = void (*)(void* context, Call& call);
gemmule_status guarded(const char* op, gemmule_workspace* workspace, Body body, void* context);
template <class F>
gemmule_status guarded(const char* op, gemmule_workspace* workspace, F body) {
  return guarded(
      op, workspace, [](void* context, Call& call) { (*static_cast<F*>(context))(call); }, &body);
}

/// body() without memory and kernels, for what it says about shapes.
template <class F>
void rehearse(F body) {
  const Placement placement;
  body();
}

/// A parameter struct, checked to be of a version that this library knows. `Struct{}` for null
/// where that is allowed.
template <class Struct>
Struct read(const char* op, const char* name, const Struct* given, bool required = true) {
  if (!given) {
    check(!required, op, ": ", name, " is a null pointer");
    return Struct{};
  }
  if (given->size != sizeof(Struct))
    throw Failure(GEMMULE_ERROR_VERSION, op, ": ", name, " has size ", given->size,
                  ", of which this library knows no version; expected ", sizeof(Struct));
  return *given;
}

/// ValueError unless `array` has this shape, TypeError unless this dtype.
void expect(const char* op, const char* name, const Array& array, const Shape& shape, DType dtype);

/// A parameter within what no product of sizes can overflow from; `zero` stands for 0.
int64_t bounded(const char* op, const char* name, int64_t value, int64_t zero = 0);

/// IndexError unless every element of `array` (int32) lies in [0, count).
void check_indices(const char* op, const char* name, const Array& array, int64_t count);

}  // namespace gm::capi
