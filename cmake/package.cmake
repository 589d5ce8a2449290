# What embedders find: headers, the CMake package and a pkg-config file. In a wheel all of it lies
# inside the package gemmule, else where GNUInstallDirs says; paths are relative to their files.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

if(GEMMULE_PYTHON)
  set(libdir gemmule/lib)
  set(includedir gemmule/include)
  set(GEMMULE_PC_PREFIX ../..)
  set(GEMMULE_PC_LIB lib)
  set(GEMMULE_PC_INCLUDE include)
else()
  set(libdir ${CMAKE_INSTALL_LIBDIR})
  set(includedir ${CMAKE_INSTALL_INCLUDEDIR})
  file(RELATIVE_PATH GEMMULE_PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
  set(GEMMULE_PC_LIB ${CMAKE_INSTALL_LIBDIR})
  set(GEMMULE_PC_INCLUDE ${CMAKE_INSTALL_INCLUDEDIR})
endif()
set(cmakedir ${libdir}/cmake/gemmule)

# Linkers look for libgemmule.so; a wheel holds no symbolic link of that name.
if(NOT BUILD_SHARED_LIBS)
  set(GEMMULE_PC_LIBS "-L\${libdir} -lgemmule -lstdc++ -lm -lpthread -ldl")
elseif(APPLE)
  set(GEMMULE_PC_LIBS "\${libdir}/libgemmule.0.dylib -Wl,-rpath,\${libdir}")
else()
  set(GEMMULE_PC_LIBS "-L\${libdir} -l:libgemmule.so.0 -Wl,-rpath,\${libdir}")
endif()

set(generated ${PROJECT_BINARY_DIR}/cmake-package)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gemmuleConfig.cmake.in
                              ${generated}/gemmuleConfig.cmake INSTALL_DESTINATION ${cmakedir})
write_basic_package_version_file(${generated}/gemmuleConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
configure_file(${PROJECT_SOURCE_DIR}/cmake/gemmule.pc.in ${generated}/gemmule.pc @ONLY)

target_include_directories(gemmule INTERFACE $<INSTALL_INTERFACE:${includedir}>)
install(TARGETS gemmule EXPORT gemmuleTargets LIBRARY DESTINATION ${libdir}
                                              ARCHIVE DESTINATION ${libdir})
install(EXPORT gemmuleTargets NAMESPACE gemmule:: DESTINATION ${cmakedir})
install(FILES ${generated}/gemmuleConfig.cmake ${generated}/gemmuleConfigVersion.cmake
        DESTINATION ${cmakedir})
install(FILES ${generated}/gemmule.pc DESTINATION ${libdir}/pkgconfig)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/csrc/include/gemmule DESTINATION ${includedir})

if(GEMMULE_PYTHON)
  # The same beside the package under development, whose headers tools/link_package.py links.
  set(package ${PROJECT_BINARY_DIR}/package/gemmule)
  file(COPY ${generated}/gemmuleConfig.cmake ${generated}/gemmuleConfigVersion.cmake
       DESTINATION ${package}/lib/cmake/gemmule)
  file(COPY ${generated}/gemmule.pc DESTINATION ${package}/lib/pkgconfig)
  export(EXPORT gemmuleTargets NAMESPACE gemmule::
         FILE ${package}/lib/cmake/gemmule/gemmuleTargets.cmake)
endif()
