#pragma once
// The backend `cuda`: one NVIDIA GPU. For .cu files, compiled by nvcc without further flags than -std=c++20.

#if !defined(__CUDACC__)
#error "cotangent/backend/cuda.cuh needs nvcc: include it from a .cu file, or use cot::cpu in host code."
#else

#include <cotangent/backend/cuda/attention.cuh>
#include <cotangent/backend/cuda/block.cuh>
#include <cotangent/backend/cuda/device.cuh>
#include <cotangent/backend/cuda/gemm.cuh>
#include <cotangent/backend/cuda/launch.cuh>
#include <cotangent/core/tensor.hpp>

#endif
