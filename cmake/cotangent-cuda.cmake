# Makes the target cotangent::cuda out of the consumer's own toolkit. The language CUDA must be enabled.
if(NOT TARGET cotangent::cuda)
  find_package(CUDAToolkit 12 REQUIRED)
  add_library(cotangent::cuda INTERFACE IMPORTED GLOBAL)
  set_property(TARGET cotangent::cuda PROPERTY INTERFACE_LINK_LIBRARIES
    cotangent::cotangent CUDA::cudart CUDA::cublasLt CUDA::cublas CUDA::cusolver)
  # CMake before 3.26 cannot ask nvcc for C++20 by cxx_std_20. Eigen's own device code is not used, and it warns.
  set_property(TARGET cotangent::cuda PROPERTY INTERFACE_COMPILE_OPTIONS "$<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-std=c++20>")
  set_property(TARGET cotangent::cuda PROPERTY INTERFACE_COMPILE_DEFINITIONS "$<$<COMPILE_LANGUAGE:CUDA>:EIGEN_NO_CUDA>")
endif()
