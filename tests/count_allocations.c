// Loaded before all others (LD_PRELOAD): counts what libgemmule, and the C++ runtime for it, ask of
// the C library's allocator. Python's own requests are not counted.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

static atomic_long counted;
static atomic_int counting;
static _Thread_local int asking;  // dladdr may allocate

long count_allocations(int start) {
  atomic_store(&counting, start);
  return start ? atomic_exchange(&counted, 0) : atomic_load(&counted);
}

static void note(const void* caller) {
  if (!atomic_load(&counting) || asking) return;
  asking = 1;
  Dl_info from;
  if (dladdr(caller, &from) && from.dli_fname &&
      (strstr(from.dli_fname, "libgemmule") || strstr(from.dli_fname, "libstdc++")))
    atomic_fetch_add(&counted, 1);
  asking = 0;
}

#define NOTE note(__builtin_return_address(0))

void* malloc(size_t bytes) {
  NOTE;
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  NOTE;
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, size_t bytes) {
  NOTE;
  return __libc_realloc(block, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  NOTE;
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  NOTE;
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, size_t alignment, size_t bytes) {
  NOTE;
  *block = __libc_memalign(alignment, bytes);
  return *block ? 0 : 12;
}
