# Without a build type the compiler does not optimise, and a header-only library runs about 20 times slower.
get_property(cotangent_is_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT cotangent_is_multi_config AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CXX_FLAGS MATCHES "(^| )-O")
  message(WARNING "cotangent: no build type is set, so that the compiler does not optimise: programs run about 20 times "
    "slower. Configure with -DCMAKE_BUILD_TYPE=Release")
endif()
unset(cotangent_is_multi_config)
