#include "ops/rms_norm_case.hpp"

TEST_CASE("ops: rms_norm in double and bfloat16") { cot::test::check_numbers<cot::test::rms_norm_case>(); }
