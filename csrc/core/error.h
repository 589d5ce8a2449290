// Errors: what kind, and a message that names the operation, the argument, what was expected and
// what came. Thrown by ops and core only; kernels do not fail.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "core/dtype.h"

namespace gm {

class Shape;

/// Which Python exception (or C status) an Error becomes.
enum class ErrorKind { Value, Type, Index, Buffer, Memory, Overflow, Runtime };

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
  std::string message_;
};

// How each kind of value reads inside a message.
void put(std::string& out, std::string_view text);
void put(std::string& out, long long value);
void put(std::string& out, double value);
void put(std::string& out, bool value);
void put(std::string& out, DType dtype);
void put(std::string& out, const Shape& shape);
inline void put(std::string& out, const char* text) { put(out, std::string_view(text)); }
inline void put(std::string& out, const std::string& text) { put(out, std::string_view(text)); }
inline void put(std::string& out, int value) { put(out, static_cast<long long>(value)); }
inline void put(std::string& out, long value) { put(out, static_cast<long long>(value)); }
inline void put(std::string& out, size_t value) { put(out, static_cast<long long>(value)); }

/// Everything in a row: text("axis ", 3, " of shape ", shape).
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (put(out, parts), ...);
  return out;
}

template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(ErrorKind kind, const Parts&... parts) {
  throw Error(kind, text(parts...));
}

/// Throws a ValueError made of the parts unless `ok`. The first part is the operation's name.
template <class... Parts>
inline void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(ErrorKind::Value, parts...);
}
template <class... Parts>
inline void check_type(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(ErrorKind::Type, parts...);
}
template <class... Parts>
inline void check_index(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(ErrorKind::Index, parts...);
}

}  // namespace gm
