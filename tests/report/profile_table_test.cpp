// A profile as a table.
#include <cotangent/report/profile_table.hpp>

#include <doctest/doctest.h>

namespace {
struct device {
  cot::profile* to;
  [[nodiscard]] cot::profile* profiled_by() const { return to; }
};
}  // namespace

TEST_CASE("report: the floor of a class is its arithmetic or its bytes, whichever takes longer") {
  const cot::machine_rates rates{.flops = 100, .bf16_flops = 200, .bytes = 10};
  CHECK(cot::report::floor_seconds({.flops = 300, .bf16_flops = 200, .bytes = 5}, rates) == 4);
  CHECK(cot::report::floor_seconds({.flops = 300, .bytes = 50}, rates) == 5);
  CHECK(cot::report::floor_seconds({.flops = 300}, {}) == 0);
}

TEST_CASE("report: a profile's rows are the classes that ran, then the rest and the sum") {
  cot::profile spent;
  device d{&spent};
  { const cot::profile_span span(d, cot::work_class::matmul_dx, 1e3, 1e6); }
  { const cot::profile_span span(d, cot::work_class::data); }
  const auto table = cot::report::profile_table(spent, 2.0, 4, {.flops = 1e3, .bf16_flops = 1e3, .bytes = 1e9});
  REQUIRE(table.rows().size() == 4);
  CHECK(table.rows()[0][0] == "matmul dX");
  CHECK(table.rows()[1][0] == "data");
  CHECK(table.rows()[1][3].empty());
  CHECK(table.rows()[2][0] == "other");
  CHECK(table.rows()[3] == std::vector<std::string>{"all", "500.00", "100.0 %", "", "", "50000.0 %"});

  const auto json = cot::report::profile_json(spent, 2.0, 4, {});
  CHECK(json.at("classes").at("matmul dX").get<double>("flops") == 1e6);
  CHECK(json.get<cot::index>("units") == 4);
}
