#include "ops/layer_norm_case.hpp"

TEST_CASE("ops: add_layer_norm in bfloat16") { cot::test::check_bfloat16<cot::test::add_layer_norm_case>(); }
