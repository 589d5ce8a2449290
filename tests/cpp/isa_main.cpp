// main() of the tests that are compiled once per ISA. Itself it is compiled for every CPU: with the
// test it stopped at an illegal instruction where it was to skip.
#include <cstring>

#include "isa/cpu.h"

int isa_test(int argc, char** argv);

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  for (const gm::Isa isa : {gm::Isa::V2, gm::Isa::V3, gm::Isa::V4, gm::Isa::Neon})
    if (std::strcmp(gm::name(isa), GM_TEST_ISA) == 0 && gm::can_run(isa))
      return isa_test(argc, argv);
  return skipped;
}
