# examples/NAME.cpp, or a folder examples/NAME/ with NAME.cpp or main.cpp in it, becomes the program examples/NAME.

find_package(CLI11 CONFIG QUIET)
if(NOT CLI11_FOUND)
  message(FATAL_ERROR "The programs need CLI11, which reads their options: `scripts/install-packages build` installs it "
    "(Debian: libcli11-dev), or -DCOTANGENT_EXAMPLES=OFF leaves the programs out")
endif()

# examples/support/*.cpp: encoders, kernels and losses of the programs, each compiled once, in a library of its own.
file(GLOB sources CONFIGURE_DEPENDS examples/support/*.cpp)
set(cotangent_models)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_library(example_${name} STATIC EXCLUDE_FROM_ALL ${source})
  target_link_libraries(example_${name} PRIVATE cotangent_own)
  target_include_directories(example_${name} PRIVATE ${PROJECT_SOURCE_DIR}/examples)
  list(APPEND cotangent_models example_${name})
endforeach()

function(cotangent_example name)
  add_executable(example_${name} ${ARGN})
  target_link_libraries(example_${name} PRIVATE cotangent_own)
  target_link_libraries(example_${name} PRIVATE CLI11::CLI11)
  target_include_directories(example_${name} PRIVATE ${PROJECT_SOURCE_DIR}/examples)
  target_compile_definitions(example_${name} PRIVATE COTANGENT_VERSION="${PROJECT_VERSION}")
  set_target_properties(example_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
  if(COTANGENT_WITH_CUDA AND "${ARGN}" MATCHES "\\.cu(;|$)")
    target_link_libraries(example_${name} PRIVATE cotangent_own_cuda)
    target_compile_definitions(example_${name} PRIVATE COTANGENT_EXAMPLE_CUDA=1)
  endif()
  add_custom_target(${name} DEPENDS example_${name})  # so that `cmake --build . --target demo` means the program
endfunction()

file(GLOB sources CONFIGURE_DEPENDS examples/*.cpp)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  cotangent_example(${name} ${source})
endforeach()

file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true examples/*)
foreach(folder IN LISTS folders)
  cmake_path(GET folder FILENAME name)
  if(EXISTS ${folder}/${name}.cpp OR EXISTS ${folder}/main.cpp)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    if(COTANGENT_WITH_CUDA)
      file(GLOB device_sources CONFIGURE_DEPENDS ${folder}/*.cu)
      list(APPEND sources ${device_sources})
    endif()
    cotangent_example(${name} ${sources})
    if(name STREQUAL demo)
      target_link_libraries(example_${name} PRIVATE example_model_cpu_fp32 example_attention_cpu example_loss_cpu)
    else()
      list(JOIN cotangent_models "," models)
      target_link_libraries(example_${name} PRIVATE "$<LINK_GROUP:RESCAN,${models}>")
    endif()
  endif()
endforeach()

# tests/programs/NAME.sh drives the programs as a user would; its argument is the folder they are in.
enable_testing()
file(GLOB scripts CONFIGURE_DEPENDS tests/programs/*.sh)
foreach(script IN LISTS scripts)
  cmake_path(GET script STEM name)
  add_test(NAME programs.${name} COMMAND bash ${script} ${PROJECT_BINARY_DIR}/examples
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(programs.${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
endforeach()
