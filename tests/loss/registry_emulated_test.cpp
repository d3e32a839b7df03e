#include "loss/registry_parity.hpp"
#include "support/emulated.hpp"

TEST_CASE("loss registry: serial = emulated lanes, in float and double") {
  std::deque<cot::emulated<7>> lanes(1);
  cot::test::check_parity_of_losses<float>(lanes, 40);
  cot::test::check_parity_of_losses<double>(lanes, 40);
}
