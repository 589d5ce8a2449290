# gemmule_cuda_objects(<name> <sources>...): the CUDA floor, in namespace gm::cuda. One fat binary for
# the architectures of data centres and, as PTX, for what comes after. Where GEMMULE_CUDA is EMULATED
# the host's compiler builds the same sources: csrc/cuda/emulated.h.

if(GEMMULE_CUDA STREQUAL "ON")
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
  endif()
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
  enable_language(CUDA)
endif()
if(GEMMULE_CUDA)
  list(APPEND GEMMULE_ISA_DEFINITIONS GEMMULE_HAS_CUDA=1)
endif()

function(gemmule_cuda_objects name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(GEMMULE_CUDA STREQUAL "EMULATED")
    list(APPEND arg_SOURCES ${PROJECT_SOURCE_DIR}/csrc/cuda/emulated.cpp)
    set_source_files_properties(${arg_SOURCES} PROPERTIES LANGUAGE CXX COMPILE_OPTIONS "-xc++")
  endif()
  add_library(${name} OBJECT ${arg_SOURCES})
  # csrc/cuda/isa stands in for csrc/isa.
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/csrc/cuda
                                             ${PROJECT_SOURCE_DIR}/csrc)
  target_compile_definitions(${name} PRIVATE GM_ISA=cuda ${GEMMULE_ISA_DEFINITIONS})
  if(GEMMULE_CUDA STREQUAL "EMULATED")
    target_compile_definitions(${name} PRIVATE GEMMULE_CUDA_EMULATED=1)
    target_compile_options(${name} PRIVATE -O2 -ffp-contract=off ${GEMMULE_WARNINGS})
  else()
    # 186: templates compare unsigned integers with 0 too.
    target_compile_options(${name} PRIVATE --expt-relaxed-constexpr -diag-suppress=186
                                           -Xcompiler=-Wall,-Wextra,-Wno-missing-field-initializers)
  endif()
endfunction()
