#pragma once
// The products of the backend cpu, compiled once for all tests: with all kernels for all instruction sets they are most
// of what a test file that multiplies would compile.

#include <cotangent/backend/cpu/gemm.hpp>

namespace cot::detail {

extern template void multiply_on(cpu&, const matmul_task<float, float>&);
extern template void multiply_on(cpu&, const matmul_task<double, double>&);
extern template void multiply_on(cpu&, const matmul_task<bfloat16, bfloat16>&);
extern template void multiply_on(cpu&, const matmul_task<bfloat16, float>&);

}  // namespace cot::detail
