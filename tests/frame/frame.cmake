# Tests of the frame itself: what is compiled, by whom, and how long that takes. Each is one ctest entry, so that a
# header which does not compile is one failed test and not a broken build.

set(frame ${CMAKE_CURRENT_SOURCE_DIR}/frame)
if(COTANGENT_SANITIZE)
  return()
endif()

function(cotangent_build_test name target)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target ${target} -- -k 0)
  # Two builds in one folder at a time would disturb each other.
  set_tests_properties(${name} PROPERTIES LABELS frame TIMEOUT 900 RUN_SERIAL ON)
endfunction()

# Every header compiles alone, and twice in one translation unit.
set(sources)
foreach(header IN LISTS cotangent_host_headers)
  cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/include OUTPUT_VARIABLE name)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include <${name}>\n#include <${name}>  // the second time nothing happens\n")
  list(APPEND sources ${source})
endforeach()
add_library(cot_headers OBJECT EXCLUDE_FROM_ALL ${sources})
target_link_libraries(cot_headers PRIVATE cotangent_own)
target_compile_options(cot_headers PRIVATE -O0 -g0)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # clang sees them all in the next test
  cotangent_build_test(frame.headers_alone cot_headers)
endif()

# Two translation units that include everything link; the second includes it in reverse order, after what the headers
# include from elsewhere and macros of short and common names.
set(all "")
set(reversed "")
set(foreign "")
foreach(header IN LISTS cotangent_host_headers)
  cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/include OUTPUT_VARIABLE name)
  string(APPEND all "#include <${name}>\n")
  string(PREPEND reversed "#include <${name}>\n")
  file(STRINGS ${header} lines REGEX "^#include <[^>]+>")
  foreach(line IN LISTS lines)
    if(line MATCHES "<([^>]+)>" AND NOT CMAKE_MATCH_1 MATCHES "^cotangent/|arm_|cuda|cublas|nccl|mpi|xtensor|xtl")
      list(APPEND foreign ${CMAKE_MATCH_1})
    endif()
  endforeach()
endforeach()
list(SORT foreign)
list(REMOVE_DUPLICATES foreign)
set(poison "")
foreach(name IN LISTS foreign)
  string(APPEND poison "#if __has_include(<${name}>)\n#include <${name}>\n#endif\n")
endforeach()
foreach(macro I small B0 major minor linux unix None Bool Status)
  string(APPEND poison "#undef ${macro}\n#define ${macro} (a macro that breaks whoever uses its name)\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/odr/first.cpp CONTENT "${all}int second();\nint main() { return second(); }\n")
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/odr/second.cpp CONTENT "${poison}${reversed}int second();\nint second() { return 0; }\n")
add_executable(cot_odr EXCLUDE_FROM_ALL
  ${CMAKE_CURRENT_BINARY_DIR}/odr/first.cpp ${CMAKE_CURRENT_BINARY_DIR}/odr/second.cpp)
target_link_libraries(cot_odr PRIVATE cotangent_own)
target_compile_options(cot_odr PRIVATE -O0 -g0)
cotangent_build_test(frame.two_translation_units cot_odr)

# Snippets that must not compile, each with the sentence that its reader sees.
file(GLOB snippets CONFIGURE_DEPENDS compile_fail/*.cpp)
foreach(snippet IN LISTS snippets)
  cmake_path(GET snippet STEM name)
  add_test(NAME compile_fail.${name}
    COMMAND bash ${frame}/compile_fail.sh ${snippet} ${CMAKE_CXX_COMPILER} -std=c++20 -I${PROJECT_SOURCE_DIR}/include)
  set_tests_properties(compile_fail.${name} PROPERTIES LABELS frame TIMEOUT 120)
endforeach()

# Projects that use the library, each in its way.
if(COTANGENT_INSTALL)
  foreach(way find_package cuda_without_language fetch_content pkg_config plain)
    add_test(NAME consumers.${way} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/consumers/run.sh
      ${way} ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${CMAKE_CXX_COMPILER})
    set_tests_properties(consumers.${way} PROPERTIES LABELS consumers TIMEOUT 300 SKIP_RETURN_CODE 77)
  endforeach()
endif()

# Blocks of the documentation: ```cpp runnable is compiled and run, ```cpp compiled is compiled; ```cuda compiled is, where
# there is nvcc.
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/docs/*.md
  ${PROJECT_SOURCE_DIR}/docs/*/*.md)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pages} ${frame}/doc_blocks.awk)
foreach(page IN LISTS pages)
  cmake_path(GET page STEM name)
  execute_process(COMMAND awk -v folder=${CMAKE_CURRENT_BINARY_DIR}/blocks -v name=${name} -f ${frame}/doc_blocks.awk ${page}
    OUTPUT_VARIABLE blocks OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(blocks)
    string(REPLACE "\n" ";" blocks ${blocks})
  endif()
  foreach(block IN LISTS blocks)  # "name_1 runnable FOLDER/name_1.cpp"
    separate_arguments(block UNIX_COMMAND ${block})
    list(GET block 0 block_name)
    list(GET block 1 mark)
    list(GET block 2 file)
    set(library cotangent_own)
    if(file MATCHES "\\.cu$")
      if(NOT COTANGENT_WITH_CUDA)
        continue()
      endif()
      set(library cotangent_own_cuda)
    endif()
    add_executable(block_${block_name} EXCLUDE_FROM_ALL ${file})
    target_link_libraries(block_${block_name} PRIVATE ${library})
    if(file MATCHES "\\.cu$")
      list(GET CMAKE_CUDA_ARCHITECTURES 0 architecture)  # one is enough
      set_target_properties(block_${block_name} PROPERTIES CUDA_ARCHITECTURES ${architecture})
    endif()
    add_test(NAME docs.${block_name} COMMAND bash ${frame}/doc_block.sh ${CMAKE_COMMAND} ${PROJECT_BINARY_DIR}
      block_${block_name} ${mark})
    set_tests_properties(docs.${block_name} PROPERTIES LABELS docs TIMEOUT 300 RUN_SERIAL ON)
  endforeach()
endforeach()

# No test file takes long to compile.
if(COTANGENT_COMPILE_SECONDS)
  add_test(NAME frame.compile_times
    COMMAND bash ${frame}/compile_times.sh ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}
      ${COTANGENT_COMPILE_SECONDS} ${CMAKE_CXX_COMPILER})
  set_tests_properties(frame.compile_times PROPERTIES LABELS frame)
endif()
