// One formula an activation: what is chosen at run time is that formula, and its slope is what dual numbers say.
#include <cotangent/kernel/dual.hpp>
#include <cotangent/kernel/formula/activation.hpp>
#include <cotangent/kernel/formula/pointwise.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

template <class Formula>
void check_activation(cot::activation act) {
  for (double x = -6; x <= 6; x += 0.25) {
    CAPTURE(x);
    const auto y = Formula{}(cot::dual<double, 1>::variable(x, 0));
    CHECK(cot::activate(act, x) == Formula{}(x));
    CHECK(y.value == Formula{}(x));
    CHECK(cot::activation_slope(act, x) == doctest::Approx(y.partial[0]).epsilon(1e-13));
  }
  CHECK(std::isnan(cot::activate(act, std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace

TEST_CASE("kernel: an activation chosen at run time is its formula, and its slope that of dual numbers") {
  using cot::activation;
  check_activation<cot::formula::gelu>(activation::gelu);
  check_activation<cot::formula::gelu_tanh>(activation::gelu_tanh);
  check_activation<cot::formula::silu>(activation::silu);
  check_activation<cot::formula::relu>(activation::relu);
  check_activation<cot::formula::hyperbolic_tangent>(activation::tanh);
  CHECK(cot::activate(activation::none, 0.3) == 0.3);
  CHECK(cot::activation_slope(activation::none, 0.3) == 1);
}

TEST_CASE("kernel: relu and softplus of infinities are their limits") {
  CHECK(cot::formula::relu{}(-infinite) == 0);
  CHECK(cot::formula::relu{}(infinite) == infinite);
  CHECK(cot::formula::softplus{}(-infinite) == 0);
  CHECK(cot::formula::softplus{}(infinite) == infinite);
}
