// gemmule.h for C++20: views over spans, workspaces that grow, exceptions. Header-only, and nothing
// that the C functions do not do.
//
//   gemmule::view x(values, {rows, columns});           // float or double, … of yours
//   gemmule::workspace ws;                              // one per thread, kept between calls
//   gemmule::call(gemmule_softmax, x, 1, y, ws);        // throws gemmule::error
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "gemmule/gemmule.h"

namespace gemmule {

/// A status other than GEMMULE_OK, with its message.
class error : public std::runtime_error {
 public:
  explicit error(gemmule_status status)
      : std::runtime_error(gemmule_last_error()), status_(status) {}
  gemmule_status status() const noexcept { return status_; }

 private:
  gemmule_status status_;
};

inline void check(gemmule_status status) {
  if (status != GEMMULE_OK) throw error(status);
}

/// DLPack's code of an element type.
template <class T>
constexpr uint8_t dtype_code() {
  if (std::is_same_v<T, bool>) return GEMMULE_BOOL;
  if (std::is_floating_point_v<T>) return GEMMULE_FLOAT;
  static_assert(std::is_arithmetic_v<T>);
  return std::is_signed_v<T> ? GEMMULE_INT : GEMMULE_UINT;
}

/// A tensor over memory that stays yours. Of const memory, it is for arguments only.
class view {
 public:
  static constexpr int most = 16;  // dimensions

  template <class T>
  view(T* data, std::span<const int64_t> shape, std::span<const int64_t> strides = {}) {
    if (shape.size() > most || (!strides.empty() && strides.size() != shape.size()))
      throw std::invalid_argument("gemmule::view: more dimensions than 16, or other strides");
    std::copy(shape.begin(), shape.end(), shape_.begin());
    std::copy(strides.begin(), strides.end(), strides_.begin());
    tensor_.data = const_cast<std::remove_const_t<T>*>(data);
    tensor_.device.device_type = decltype(tensor_.device.device_type)(1);
    tensor_.ndim = int32_t(shape.size());
    tensor_.dtype = {dtype_code<std::remove_const_t<T>>(), uint8_t(8 * sizeof(T)), 1};
    strided_ = !strides.empty();
    point();
  }
  template <class T>
  view(T* data, std::initializer_list<int64_t> shape)
      : view(data, std::span<const int64_t>(shape.begin(), shape.size())) {}
  /// Of contiguous memory: std::vector, std::array, std::span. Its size must be the shape's.
  template <class Range>
    requires requires(Range& r) { std::span(r); }
  view(Range&& range, std::initializer_list<int64_t> shape) : view(std::span(range).data(), shape) {
    uint64_t count = 1;
    for (int64_t size : shape) count *= uint64_t(size);
    if (count != std::span(range).size())
      throw std::invalid_argument("gemmule::view: the memory's size is not the shape's");
  }

  view(const view& o)
      : tensor_(o.tensor_), shape_(o.shape_), strides_(o.strides_), strided_(o.strided_) {
    point();
  }
  view& operator=(const view& o) {
    tensor_ = o.tensor_;
    shape_ = o.shape_;
    strides_ = o.strides_;
    strided_ = o.strided_;
    point();
    return *this;
  }

  /// For the C functions, as long as this lives. Threads may share it.
  const gemmule_tensor* get() const { return &tensor_; }

 private:
  void point() {
    tensor_.shape = shape_.data();
    tensor_.strides = strided_ ? strides_.data() : nullptr;
  }

  gemmule_tensor tensor_{};
  std::array<int64_t, most> shape_{}, strides_{};
  bool strided_ = false;
};

/// Memory for what operations need besides their results: grows to the largest call and is kept.
/// For one thread at a time.
class workspace {
 public:
  size_t bytes() const { return memory_.size(); }

 private:
  template <class... Parameters, class... Arguments>
  friend void call(gemmule_status (*)(Parameters...), Arguments&&...);
  std::vector<std::byte> memory_;
};

namespace detail {
inline const gemmule_tensor* pass(const view& v) { return v.get(); }
template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, view>)
T&& pass(T&& other) {
  return std::forward<T>(other);
}
}  // namespace detail

/// function(arguments…) with a workspace, which is the last argument, as large as it asks for.
/// Views become tensors, nullptr stays; throws gemmule::error.
template <class... Parameters, class... Arguments>
void call(gemmule_status (*function)(Parameters...), Arguments&&... arguments) {
  auto run = [&]<size_t... I>(std::index_sequence<I...>) {
    auto all = std::forward_as_tuple(arguments...);
    workspace& given = std::get<sizeof...(I)>(all);
    gemmule_workspace ws{sizeof ws, nullptr, 0};
    check(function(detail::pass(std::get<I>(all))..., &ws));
    if (given.memory_.size() < ws.bytes) given.memory_.resize(ws.bytes);
    std::byte none;
    ws.data = ws.bytes ? given.memory_.data() : &none;
    ws.bytes = ws.bytes ? given.memory_.size() : 0;
    check(function(detail::pass(std::get<I>(all))..., &ws));
  };
  run(std::make_index_sequence<sizeof...(Arguments) - 1>());
}

/// A parameter struct with its size set: auto p = gemmule::params<gemmule_pool>().
template <class Struct>
Struct params() {
  Struct made{};
  made.size = sizeof(Struct);
  return made;
}

inline gemmule_activation activation(int32_t kind, double p0 = 0, double p1 = 0, double p2 = 0) {
  return {sizeof(gemmule_activation), kind, p0, p1, p2};
}

/// A linear layer's weight in the kernels' order; gemmule_linear_packed takes get().
class packed_linear {
 public:
  explicit packed_linear(const view& weight) { check(pack(weight, nullptr)); }
  packed_linear(const view& weight, const view& bias) { check(pack(weight, bias.get())); }
  const gemmule_packed_linear* get() const { return packed_.get(); }

 private:
  gemmule_status pack(const view& weight, const gemmule_tensor* bias) {
    gemmule_packed_linear* made = nullptr;
    const gemmule_status status = gemmule_linear_pack(weight.get(), bias, &made);
    packed_.reset(made);
    return status;
  }
  struct Free {
    void operator()(gemmule_packed_linear* packed) const { gemmule_packed_linear_free(packed); }
  };
  std::unique_ptr<gemmule_packed_linear, Free> packed_;
};

}  // namespace gemmule
