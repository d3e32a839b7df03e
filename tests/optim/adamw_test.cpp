#include "support/data.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/optim/adamw.hpp>
#include <cotangent/optim/schedule.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

using cot::serial;

template <class T>
std::vector<T> numbers(const cot::io::json& list) {
  std::vector<T> out;
  for (const auto& x : list.items()) out.push_back(static_cast<T>(x.as<double>()));
  return out;
}

/// Twenty steps of the golden run; `tolerance` is relative to max(1, |value|).
template <class T>
void follow_trajectory(const char* type, double tolerance) {
  const auto golden = cot::io::read_json(cot::test::golden("adamw.json").string());
  const auto start = numbers<T>(golden.at("start"));
  const auto decayed = golden.get<cot::index>("decayed"), total = static_cast<cot::index>(start.size());
  serial device;
  cot::parameters<T, serial> p(device);
  const auto first = p.add("first", cot::shape<1>{{decayed}}, cot::parameter_kind::decayed);
  const auto second = p.add("second", cot::shape<1>{{total - decayed}}, cot::parameter_kind::undecayed);
  p.allocate();
  const auto both = [&](auto&& use) {
    for (cot::index i = 0; i < total; ++i) {
      if (i < decayed)
        use(i, p.value(first)(i), p.gradient(first)(i));
      else
        use(i, p.value(second)(i - decayed), p.gradient(second)(i - decayed));
    }
  };
  both([&](cot::index i, T& value, T&) { value = start[static_cast<std::size_t>(i)]; });

  const auto& o = golden.at("options");
  cot::optim::adamw<T, serial> optimizer(p, {.lr = o.get<double>("lr"),
                                             .beta1 = o.get<double>("beta1"),
                                             .beta2 = o.get<double>("beta2"),
                                             .epsilon = o.get<double>("epsilon"),
                                             .weight_decay = o.get<double>("weight_decay"),
                                             .clip = o.get<double>("clip")});
  const cot::optim::schedule rate{cot::optim::schedule_kind::linear, golden.get<cot::index>("warmup"),
                                  golden.get<cot::index>("steps")};
  const auto& expected = golden.at(type);
  for (cot::index step = 0; step < rate.steps; ++step) {
    const auto at = static_cast<std::size_t>(step);
    const auto gradient = numbers<T>(golden.at("gradients").at(at));
    both([&](cot::index i, T&, T& g) { g = gradient[static_cast<std::size_t>(i)]; });
    const auto report = optimizer.step(rate.factor(step));
    CHECK(report.gradient_norm ==
          doctest::Approx(expected.at("norms").at(at).template as<double>()).epsilon(tolerance));
    const auto values = numbers<T>(expected.at("values").at(at));
    double worst = 0;
    both([&](cot::index i, T& value, T& g) {
      const double want = static_cast<double>(values[static_cast<std::size_t>(i)]);
      worst = std::max(worst, std::abs(static_cast<double>(value) - want) / std::max(1.0, std::abs(want)));
      CHECK(g == T(0));
    });
    CHECK(worst < tolerance);
  }
}

}  // namespace

TEST_CASE("optim: AdamW with clipping and a schedule is torch's, in double") {
  follow_trajectory<double>("float64", 1e-14);
}
TEST_CASE("optim: AdamW with clipping and a schedule is torch's, in float") {
  follow_trajectory<float>("float32", 1e-6);
}

TEST_CASE("optim: a gradient that is not finite changes nothing, and options are checked") {
  serial device;
  cot::parameters<double, serial> p(device);
  const auto w = p.add("w", cot::shape<1>{{3}}, cot::parameter_kind::decayed);
  p.allocate();
  cot::optim::adamw<double, serial> optimizer(p);
  p.value(w)(1) = 5;
  p.gradient(w)(0) = std::numeric_limits<double>::quiet_NaN();
  const auto version = p.version();
  CHECK(optimizer.step().skipped);
  CHECK(optimizer.steps() == 0);
  CHECK(p.value(w)(1) == 5);
  CHECK(p.gradient(w)(0) == 0);
  CHECK(p.version() == version);
  CHECK_THROWS_WITH_AS((cot::optim::adamw<double, serial>(p, {.beta2 = 1.0})), doctest::Contains("beta2"),
                       cot::option_error);
  CHECK_THROWS_WITH_AS((cot::optim::adamw<double, serial>(p, {.clip = -1})), doctest::Contains("clip"),
                       cot::option_error);
}
