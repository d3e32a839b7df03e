// expect: cotangent/backend/cuda.cuh needs nvcc: include it from a .cu file, or use cot::cpu in host code.
#if defined(COT_FAIL)
#include <cotangent/backend/cuda.cuh>
#else
#include <cotangent/backend/serial.hpp>
#endif
