#include "ops/layer_norm_case.hpp"

TEST_CASE("ops: layer_norm in double and bfloat16") { cot::test::check_numbers<cot::test::layer_norm_case>(); }
