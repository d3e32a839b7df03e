# Installs the headers and what find_package and pkg-config need. Components: cuda (made where it is found).

include(CMakePackageConfigHelpers)
set(config_folder ${CMAKE_INSTALL_DATADIR}/cmake/cotangent)
install(TARGETS cotangent EXPORT cotangentTargets FILE_SET HEADERS)
install(EXPORT cotangentTargets NAMESPACE cotangent:: DESTINATION ${config_folder})
configure_package_config_file(cmake/cotangentConfig.cmake.in cotangentConfig.cmake INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(cotangentConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_file(cmake/cotangent.pc.in cotangent.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cotangentConfig.cmake ${PROJECT_BINARY_DIR}/cotangentConfigVersion.cmake
  cmake/cotangent-cuda.cmake cmake/cotangent-build-type.cmake DESTINATION ${config_folder})
install(FILES ${PROJECT_BINARY_DIR}/cotangent.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
