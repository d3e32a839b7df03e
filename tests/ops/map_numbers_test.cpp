#include "ops/map_case.hpp"

using namespace cot::test;

TEST_CASE("ops: map of gelu in double and bfloat16") { check_numbers<map_case<cot::formula::gelu>>(); }
TEST_CASE("ops: map of gelu_tanh_gate in double and bfloat16") {
  check_numbers<map_two_case<cot::formula::gelu_tanh_gate>>();
}
