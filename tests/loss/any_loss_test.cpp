#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/loss/any_loss.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using options = std::vector<std::pair<std::string, double>>;

TEST_CASE("loss: a loss is found by name, and its options by theirs") {
  cot::serial device;
  auto a = cot::tensor<double, 2, cot::serial>::from_host(device, std::vector{1.0, 0.0, 0.6, 0.8}, {{2, 2}});
  auto p = cot::tensor<double, 2, cot::serial>::from_host(device, std::vector{0.8, 0.6, 0.0, 1.0}, {{2, 2}});
  cot::tape t(device);
  const auto x = t.input(a.view()), y = t.input(p.view());
  const auto by_name = cot::loss::make_loss<double, cot::serial>("info_nce", options{{"temperature", 0.3}});
  CHECK(by_name.couples_batch);
  CHECK(by_name.takes.negatives);
  CHECK(by_name(x, y, {}).value()() == cot::loss::info_nce{.temperature = 0.3}(x, y).value()());
  CHECK_FALSE(cot::loss::make_loss<double, cot::serial>("symmetric_info_nce", options{}).takes.negatives);
}

TEST_CASE("loss: unknown names and options are refused with the known ones") {
  CHECK_THROWS_WITH_AS(static_cast<void>(cot::loss::make_loss<float, cot::serial>("info_nc", options{})),
                       doctest::Contains((cot::loss::names() + ", got info_nc").c_str()), cot::option_error);
  CHECK_THROWS_WITH_AS(static_cast<void>(cot::loss::make_loss<float, cot::serial>("info_nce", options{{"margin", 1}})),
                       doctest::Contains("temperature, normalize"), cot::option_error);
}
