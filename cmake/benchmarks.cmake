# benchmarks/NAME.cpp becomes the program benchmarks/NAME; Google Benchmark is linked, its main is not. A peer that it
# calls, benchmarks/peers/NAME.cpp, is compiled for this machine, alone: our own code never is.

find_package(benchmark CONFIG QUIET)
file(GLOB sources CONFIGURE_DEPENDS benchmarks/*.cpp)
if(benchmark_FOUND)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    add_executable(bench_${name} ${source})
    set(peer ${PROJECT_SOURCE_DIR}/benchmarks/peers/${name}.cpp)
    if(EXISTS ${peer})
      target_sources(bench_${name} PRIVATE ${peer})
      set_source_files_properties(${peer} PROPERTIES COMPILE_OPTIONS "-O3;-march=native;-DNDEBUG;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>")
    endif()
    target_link_libraries(bench_${name} PRIVATE cotangent_own benchmark::benchmark)
    set_target_properties(bench_${name} PROPERTIES
      OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks)
  endforeach()
elseif(sources)
  message(STATUS "No Google Benchmark: the benchmarks are left out")
endif()
