# Which ISAs exist on the target, their flags, and gemmule_isa_sources(), which compiles sources once
# for each. The table in csrc/isa/simd.h says what each one is.

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(GEMMULE_ALL_ISAS v2 v3 v4)
  # For processors before 2013: small, 1 MB less.
  set(GEMMULE_FLAGS_v2 -march=x86-64-v2 -Os -fno-tree-vectorize)
  set(GEMMULE_FLAGS_v3 -march=x86-64-v3)
  set(GEMMULE_FLAGS_v4 -march=x86-64-v4 -mprefer-vector-width=512)
  set(GEMMULE_BASELINE_FLAGS -march=x86-64-v2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(GEMMULE_ALL_ISAS neon)
  set(GEMMULE_FLAGS_neon "")
  set(GEMMULE_BASELINE_FLAGS "")
else()
  message(FATAL_ERROR "gemmule: no kernels for ${CMAKE_SYSTEM_PROCESSOR}")
endif()
if(NOT GEMMULE_ISAS)
  set(GEMMULE_ISAS ${GEMMULE_ALL_ISAS})
endif()

set(GEMMULE_WARNINGS -Wall -Wextra -Wno-psabi -Wno-missing-field-initializers)
if(GEMMULE_WERROR)
  list(APPEND GEMMULE_WARNINGS -Werror)
endif()

# Never -ffast-math: NaN and infinity keep their meaning.
# Kernels say themselves what is a vector and what is unrolled: -O3 took 0.6 MB more, for copies of
# loops, where nothing was faster (csrc/CMakeLists.txt names the stems where something was). Of what
# it adds, the loops over plain elements of gather and cast need vectors for any number of elements.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(GEMMULE_VECTORIZE -ftree-vectorize -fvect-cost-model=dynamic)
  # Loops are aligned, and what is jumped over is not.
  set(GEMMULE_ALIGNED -falign-jumps=1 -falign-labels=1)
  # Calls from Python are no faster aligned, and 0.3 MB larger.
  set(GEMMULE_UNALIGNED -falign-functions=1 -falign-jumps=1 -falign-loops=1 -falign-labels=1)
endif()
set(GEMMULE_KERNEL_FLAGS -O2 ${GEMMULE_VECTORIZE} ${GEMMULE_ALIGNED} -ffp-contract=fast
                         -fno-math-errno -fno-lto)

# Sanitized, inlined vector code grows beyond what compiles in reasonable time (minutes a file). Heap
# accesses are checked by calls; of the undefined, what no address check sees. Below -O2 GCC fuses no
# a·b + c, on which the accuracy of some functions rests.
if(GEMMULE_SANITIZE)
  list(APPEND GEMMULE_KERNEL_FLAGS -O2)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND GEMMULE_SANITIZE MATCHES address)
    list(APPEND GEMMULE_KERNEL_FLAGS --param=asan-instrumentation-with-call-threshold=0
         --param=asan-stack=0)
  endif()
  if(GEMMULE_SANITIZE MATCHES undefined)
    list(APPEND GEMMULE_KERNEL_FLAGS
         -fno-sanitize=alignment,null,object-size,vptr,pointer-overflow)
  endif()
endif()

set(GEMMULE_ISA_DEFINITIONS "")
foreach(isa IN LISTS GEMMULE_ISAS)
  string(TOUPPER ${isa} upper)
  list(APPEND GEMMULE_ISA_DEFINITIONS GEMMULE_HAS_${upper}=1)
endforeach()

# gemmule_isa_objects(<name> <isa> <flags> <sources>...): an object library in namespace gm::<isa>.
function(gemmule_isa_objects name isa)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "FLAGS;SOURCES")
  add_library(${name} OBJECT ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/csrc)
  target_compile_definitions(${name} PRIVATE GM_ISA=${isa} ${GEMMULE_ISA_DEFINITIONS})
  target_compile_options(${name} PRIVATE ${GEMMULE_WARNINGS} ${GEMMULE_KERNEL_FLAGS} ${arg_FLAGS})
endfunction()
