#include "support/cpu_products.hpp"

namespace cot::detail {

template void multiply_on(cpu&, const matmul_task<float, float>&);
template void multiply_on(cpu&, const matmul_task<double, double>&);
template void multiply_on(cpu&, const matmul_task<bfloat16, bfloat16>&);
template void multiply_on(cpu&, const matmul_task<bfloat16, float>&);

}  // namespace cot::detail
