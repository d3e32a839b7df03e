#include "loss/registry_parity.hpp"
#include "support/emulated.hpp"

namespace {
#if defined(__SANITIZE_THREAD__)
constexpr cot::index most_rows = 5;  // it takes a fiber's switch for some hundred times its price
#else
constexpr cot::index most_rows = 40;
#endif
}  // namespace

TEST_CASE("loss registry: serial = emulated lanes, in float and double") {
  std::deque<cot::emulated<7>> lanes(1);
  cot::test::check_parity_of_losses<float>(lanes, most_rows);
  cot::test::check_parity_of_losses<double>(lanes, most_rows);
}
