# benchmarks/NAME.cpp becomes the program benchmarks/NAME; Google Benchmark is linked, its main is not.

find_package(benchmark CONFIG QUIET)
file(GLOB sources CONFIGURE_DEPENDS benchmarks/*.cpp)
if(benchmark_FOUND)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    add_executable(bench_${name} ${source})
    target_link_libraries(bench_${name} PRIVATE cotangent_own benchmark::benchmark)
    set_target_properties(bench_${name} PROPERTIES
      OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks)
  endforeach()
elseif(sources)
  message(STATUS "No Google Benchmark: the benchmarks are left out")
endif()
