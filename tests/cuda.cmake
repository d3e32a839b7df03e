# tests/cuda/*.cu make cot_cuda_tests. Without a device it exits with 77, which ctest reports as skipped.
file(GLOB sources CONFIGURE_DEPENDS cuda/*.cu)
if(sources)
  add_executable(cot_cuda_tests support/cuda_main.cpp ${sources})
  target_link_libraries(cot_cuda_tests PRIVATE cotangent_own_cuda doctest::doctest)
  target_include_directories(cot_cuda_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  add_test(NAME cuda COMMAND cot_cuda_tests WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(cuda PROPERTIES LABELS cuda SKIP_RETURN_CODE 77 TIMEOUT 600 RESOURCE_LOCK gpu)
endif()
