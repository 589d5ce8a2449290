// Partial loads and stores of csrc/isa/simd.h and isa/half.h: right lanes, and no byte of memory
// beyond them, which is a page that nobody may touch. Built with AddressSanitizer, that it sees a
// lane too many, too: of itself it knows nothing of masked instructions.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "isa/half.h"
#include "isa_check.h"

namespace {

using namespace gm::GM_ISA;

/// The end of a page before one that may not be touched.
char* last_page_end() {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* pages = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* const end = static_cast<char*>(pages) + page;
  if (pages == MAP_FAILED || mprotect(end, page, PROT_NONE) != 0) std::abort();
  return end;
}

template <class T>
void partial_lanes() {
  using V = Vec<T>;
  T* const end = reinterpret_cast<T*>(last_page_end());
  for (int n = 0; n <= V::N; ++n) {
    T* const p = end - n;
    for (int i = 0; i < n; ++i) p[i] = T(i + 1);
    const V x = V::load(p, n);
    for (int i = 0; i < V::N; ++i) CHECK(x[i] == (i < n ? T(i + 1) : T(0)));
    p[-1] = T(77);
    (x + x).store(p, n);
    for (int i = 0; i < n; ++i) CHECK(p[i] == T(2 * (i + 1)));
    CHECK(p[-1] == T(77));
    T* const inside = end - 2 * V::N;
    for (int i = 0; i < 2 * V::N; ++i) inside[i] = T(55);
    V(T(3)).store(inside, n);
    for (int i = 0; i < 2 * V::N; ++i) CHECK(inside[i] == (i < n ? T(3) : T(55)));
  }
}

/// Numbers that all of float16, bfloat16 and float32 have.
template <class H>
void partial_halves(uint16_t one, uint16_t two) {
  char* const end = last_page_end();
  for (int n = 0; n <= Vec<float>::N; ++n) {
    H* const p = reinterpret_cast<H*>(end) - n;
    for (int i = 0; i < n; ++i) std::memcpy(p + i, i % 2 ? &two : &one, sizeof one);
    const Vec<float> x = load_lanes(p, n);
    for (int i = 0; i < Vec<float>::N; ++i) CHECK(x[i] == (i < n ? float(1 + i % 2) : 0.0f));
  }
}

#if defined(__SANITIZE_ADDRESS__)
/// Whether a process that does this ends with an error.
template <class Body>
bool is_seen(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    body();
    _exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status != 0;
}

template <class T>
void one_too_many_is_seen() {
  using V = Vec<T>;
  for (int n = 1; n < V::N; ++n) {
    T* const p = static_cast<T*>(std::calloc(static_cast<size_t>(n), sizeof(T)));
    T out[V::N];
    const volatile int more = n + 1;  // or the compiler sees it
    CHECK(!is_seen([&] { V::load(p, n).store(p, n); }));
    CHECK(is_seen([&] { V::load(p, more).store(out); }));
    CHECK(is_seen([&] { V(T(1)).store(p, more); }));
    std::free(p);
  }
}
#endif

}  // namespace

int isa_test(int, char**) {
  std::printf("lanes, %s\n", check::isa);
  partial_lanes<float>();
  partial_lanes<double>();
  partial_lanes<int32_t>();
  partial_lanes<int64_t>();
  partial_lanes<uint16_t>();
  partial_lanes<uint8_t>();
  partial_halves<gm::Half>(0x3c00, 0x4000);
  partial_halves<gm::BFloat>(0x3f80, 0x4000);
#if defined(__SANITIZE_ADDRESS__)
  one_too_many_is_seen<float>();
  one_too_many_is_seen<double>();
#endif
  return check::report();
}
