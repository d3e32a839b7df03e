#include "support/data.hpp"

#include <cotangent/io/json.hpp>
#include <cotangent/optim/schedule.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("optim: schedules are those of transformers") {
  const auto golden = cot::io::read_json(cot::test::golden("schedules.json").string());
  for (const std::string name : {"linear", "cosine", "constant"}) {
    CAPTURE(name);
    const cot::optim::schedule s{cot::optim::parse_schedule(name), golden.get<cot::index>("warmup"),
                                 golden.get<cot::index>("steps")};
    const auto& factors = golden.at(name).items();
    REQUIRE(factors.size() >= 20);
    for (std::size_t i = 0; i < factors.size(); ++i)
      CHECK(s.factor(static_cast<cot::index>(i)) == doctest::Approx(factors[i].as<double>()).epsilon(1e-14));
  }
  CHECK_THROWS_WITH_AS(static_cast<void>(cot::optim::parse_schedule("step")),
                       doctest::Contains("linear, cosine or constant"), cot::option_error);
}
