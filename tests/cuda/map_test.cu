// Pointwise formulas and their pullbacks: serial = cuda.

#include "cuda/parity.hpp"
#include "ops/map_case.hpp"

#include <cotangent/kernel/formula/pointwise.hpp>

namespace {

namespace formula = cot::formula;

template <class T, class... Formulas>
void check_one() {
  (cot::test::check_case<cot::test::map_case<Formulas>, T>(), ...);
}
template <class T, class... Formulas>
void check_two() {
  (cot::test::check_case<cot::test::map_two_case<Formulas>, T>(), ...);
}

}  // namespace

TEST_CASE("cuda: formulas of one number agree with serial") {
  check_one<float, formula::gelu, formula::gelu_tanh, formula::silu, formula::relu, formula::hyperbolic_tangent,
            formula::exponential, formula::logistic, formula::softplus>();
  cot::test::check_case<cot::test::positive_map_case<formula::logarithm>, float>();
  check_one<double, formula::gelu, formula::hyperbolic_tangent>();
  check_one<cot::bfloat16, formula::gelu>();
}

TEST_CASE("cuda: formulas of two numbers agree with serial") {
  check_two<float, formula::add, formula::subtract, formula::multiply, formula::silu_gate, formula::gelu_tanh_gate>();
  check_two<double, formula::silu_gate>();
  check_two<cot::bfloat16, formula::silu_gate>();
}
