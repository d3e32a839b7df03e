# What our own programs are compiled with. Nothing here reaches a consumer of the library.

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PROJECT_SOURCE_DIR}/cmake/launcher)  # ccache where there is one; notes compile times
  find_program(COTANGENT_CCACHE ccache)
  mark_as_advanced(COTANGENT_CCACHE)
  if(COTANGENT_CCACHE)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${COTANGENT_CCACHE})
  endif()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)

set(cotangent_errors "")
if(COTANGENT_WERROR)
  set(cotangent_errors ";-Werror")
endif()
add_library(cotangent_own INTERFACE)
target_link_libraries(cotangent_own INTERFACE cotangent::cotangent)
target_compile_options(cotangent_own INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wsign-conversion;-Wshadow;-Wold-style-cast${cotangent_errors}>")

# gzip input is read by the programs, and by the tests, where zlib is there.
find_package(ZLIB QUIET)
if(ZLIB_FOUND)
  target_link_libraries(cotangent_own INTERFACE ZLIB::ZLIB)
  target_compile_definitions(cotangent_own INTERFACE COTANGENT_ZLIB=1)
endif()

if(COTANGENT_SANITIZE)
  target_compile_options(cotangent_own INTERFACE
    -fsanitize=${COTANGENT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cotangent_own INTERFACE -fsanitize=${COTANGENT_SANITIZE})
  target_compile_definitions(cotangent_own INTERFACE COTANGENT_REDUCED_TESTS=1)
endif()

# Headers that need a package which may be absent.
find_package(xtl CONFIG QUIET)
find_package(xtensor CONFIG QUIET)
set(cotangent_host_headers ${cotangent_headers})
list(FILTER cotangent_host_headers INCLUDE REGEX "\\.hpp$")
list(FILTER cotangent_host_headers EXCLUDE REGEX "/(dist/(mpi|nccl)|interop/xtensor)\\.hpp$")
