// The little that the C++ tests need: CHECK counts and prints, report() gives the exit code.
#pragma once

#include <cstdio>

namespace check {

inline int passed = 0, failed = 0;

inline void note(bool ok, const char* what, const char* file, int line) {
  if (ok) {
    ++passed;
  } else {
    ++failed;
    std::printf("%s:%d: failed: %s\n", file, line, what);
  }
}

/// Prints "N passed, N failed"; to be returned from main.
inline int report() {
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed || !passed ? 1 : 0;
}

}  // namespace check

#define CHECK(...) check::note(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

/// The statement throws gm::Error whose message contains `text`.
#define CHECK_ERROR(statement, text)                                                \
  do {                                                                              \
    bool thrown = false;                                                            \
    try {                                                                           \
      statement;                                                                    \
    } catch (const gm::Error& error) {                                              \
      thrown = std::string_view(error.what()).find(text) != std::string_view::npos; \
      if (!thrown) std::printf("  got: %s\n", error.what());                        \
    }                                                                               \
    check::note(thrown, #statement " throws \"" text "\"", __FILE__, __LINE__);     \
  } while (false)
