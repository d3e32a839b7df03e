#include "ops/layer_norm_case.hpp"

TEST_CASE("ops: add_layer_norm in double") { cot::test::check_double<cot::test::add_layer_norm_case>(); }
