#include "ops/rms_norm_case.hpp"

TEST_CASE("ops: rms_norm") { cot::test::check_operation<cot::test::rms_norm_case>(); }
