# fuzz/NAME.cpp becomes the libFuzzer program fuzz/NAME. Seeds are in fuzz/corpus/NAME/. A test runs each for
# COTANGENT_FUZZ_SECONDS.

set(COTANGENT_FUZZ_SECONDS 10 CACHE STRING "Seconds that a test runs each fuzz target")
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "COTANGENT_FUZZ: expected clang, which brings libFuzzer, got ${CMAKE_CXX_COMPILER_ID}")
endif()
enable_testing()
file(GLOB sources CONFIGURE_DEPENDS fuzz/*.cpp)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE cotangent_own)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  set_target_properties(fuzz_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  set(found ${PROJECT_BINARY_DIR}/fuzz/found/${name})  # inputs of this run that reached new code; never the sources
  file(MAKE_DIRECTORY ${found})
  set(seeds)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
    set(seeds ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
  endif()
  add_test(NAME fuzz.${name} COMMAND fuzz_${name} -max_total_time=${COTANGENT_FUZZ_SECONDS} -timeout=10
    -rss_limit_mb=2048 -print_final_stats=1 ${found} ${seeds})
endforeach()
