# scikit-build-core's entry point cmake.root names this folder's package, which imports nothing.
include("${CMAKE_CURRENT_LIST_DIR}/../../gemmule/lib/cmake/gemmule/gemmuleConfig.cmake")
