#include "kernels/binary.h"

#include "isa/lines.h"
#include "kernels/binary_functions.h"

namespace gm::GM_ISA {
namespace {

template <int64_t picoseconds, class Op>
void run(const Loops& loops, DType compute) {
  map_float<body_of(picoseconds)>(loops, compute, Op{}, picoseconds);
}

/// Picoseconds of one element where memory is the limit.
constexpr int64_t kPlain = 250;

template <class Op>
void run_scaled(const Loops& loops, DType compute, double value) {
  map_float(loops, compute, Op{value}, kPlain);
}

}  // namespace

constinit const BinaryKernels binary = {
    .add = run<kPlain, Add>,
    .subtract = run<kPlain, Subtract>,
    .multiply = run<kPlain, Multiply>,
    .divide = run<kPlain, Divide>,
    .floor_divide = run<2000, FloorDivide>,
    .remainder = run<1500, Remainder>,
    .fmod = run<1500, Fmod>,
    .power = run<4000, Power>,
    .maximum = run<kPlain, Maximum>,
    .minimum = run<kPlain, Minimum>,
    .atan2 = run<1500, Atan2>,
    .hypot = run<1000, Hypot>,
    .copysign = run<kPlain, Copysign>,
    .logaddexp = run<2500, Logaddexp>,
    .add_scaled = run_scaled<AddScaled>,
    .addcmul = run_scaled<AddProduct>,
    .addcdiv = run_scaled<AddQuotient>,
    .lerp = run<kPlain, Lerp>,
    .larger_takes = run<kPlain, LargerTakes>,
    .power_base = run<4000, PowerBase>,
    .power_exponent = run<2000, PowerExponent>,
};

}  // namespace gm::GM_ISA
