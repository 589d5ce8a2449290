// Versions, threads, the ISA, process-wide settings.
#include "capi/call.h"
#include "core/parallel.h"
#include "core/storage.h"
#include "isa/cpu.h"
#include "ops/conv.h"

using namespace gm;
using capi::guarded;

extern "C" {

const char* gemmule_version(void) { return GEMMULE_VERSION; }

int32_t gemmule_abi_version(void) { return GEMMULE_ABI_VERSION; }

gemmule_status gemmule_require_abi(int32_t version) {
  return guarded("require_abi", nullptr, [&](capi::Call&) {
    if (version < 1 || version > GEMMULE_ABI_VERSION)
      throw capi::Failure(GEMMULE_ERROR_VERSION, "require_abi: ABI ", int(version),
                          " is not known to this library, which has versions 1 to ",
                          GEMMULE_ABI_VERSION);
  });
}

int32_t gemmule_num_threads(void) {
  int32_t threads = 1;
  guarded("num_threads", nullptr, [&](capi::Call&) { threads = num_threads(); });
  return threads;
}

gemmule_status gemmule_set_num_threads(int32_t threads) {
  return guarded("set_num_threads", nullptr, [&](capi::Call&) { set_num_threads(threads); });
}

const char* gemmule_isa(void) {
  const char* isa = nullptr;
  guarded("isa", nullptr, [&](capi::Call&) { isa = name(running_isa()); });
  return isa;
}

gemmule_status gemmule_set_isa(const char* isa) {
  return guarded("set_isa", nullptr, [&](capi::Call&) {
    check(isa != nullptr, "set_isa: name is a null pointer");
    set_isa(isa);
  });
}

gemmule_status gemmule_set_float32_conv_precision(const char* precision) {
  return guarded("set_float32_conv_precision", nullptr, [&](capi::Call&) {
    check(precision != nullptr, "set_float32_conv_precision: precision is a null pointer");
    ops::set_float32_conv_precision(precision);
  });
}

void gemmule_empty_cache(void) {
  guarded("empty_cache", nullptr, [](capi::Call&) { empty_cache(); });
}

}  // extern "C"
