#include "ops/layer_norm_case.hpp"

TEST_CASE("ops: add_layer_norm in double and bfloat16") { cot::test::check_numbers<cot::test::add_layer_norm_case>(); }
