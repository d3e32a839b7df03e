#include "loss/registry_parity.hpp"
#include "support/cpu_products.hpp"

#include <cotangent/backend/cpu/launch.hpp>

TEST_CASE("loss registry: serial = cpu at every instruction set of the machine, in float") {
  std::deque<cot::cpu> devices;
  for (const cot::isa level :
       {cot::isa::portable, cot::isa::avx2, cot::isa::avx512, cot::isa::avx512bf16, cot::isa::amx})
    if (level <= cot::detect_isa()) devices.emplace_back(cot::cpu::options{.threads = 2, .level = level});
  cot::test::check_parity_of_losses<float>(devices);
}
