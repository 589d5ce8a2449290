#include "ops/probe.h"

#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "core/launch.h"
#include "core/parallel.h"
#include "kernels/probe.h"

namespace gm::ops {

namespace {

Traffic traffic_of(std::string_view name) {
  if (name == "copy") return Traffic::Copy;
  if (name == "triad") return Traffic::Triad;
  if (name == "update") return Traffic::Update;
  check(name == "read", "probe_stream: expected copy, triad, update or read, got ", name);
  return Traffic::Read;
}

/// The elements of an array as the loops want them.
float* elements(const Array& array, int64_t n) {
  check(array.dtype() == DType::Float32 && array.is_contiguous() && array.numel() == n,
        "probe_stream: expected row-major float32 arrays of one size");
  check(n % kProbeStep == 0 && reinterpret_cast<uintptr_t>(array.data()) % 64 == 0,
        "probe_stream: expected a multiple of ", kProbeStep, " elements, aligned to 64 bytes");
  return array.data<float>();
}

}  // namespace

int64_t probe_multiply_add(int64_t rounds) {
  const Device device{};
  int64_t flops = 0;
  launch("probe_multiply_add", device,
         [rounds, to = &flops, kernel = probe_table("probe_multiply_add", device).multiply_add] {
           *to = kernel(rounds, num_threads());
         });
  return flops;
}

void probe_stream(const char* traffic, const Array& to, const Array& a, const Array& b,
                  int64_t passes, bool streaming) {
  const int64_t n = to.numel();
  const StreamProbe probe{
      traffic_of(traffic), elements(to, n), elements(a, n), elements(b, n), n, passes, streaming};
  launch(
      "probe_stream", to.device(),
      [probe, kernel = probe_table("probe_stream", to.device()).stream] {
        kernel(probe, num_threads());
      },
      to, a, b);
}

}  // namespace gm::ops
