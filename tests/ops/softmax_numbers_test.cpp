#include "ops/softmax_case.hpp"

TEST_CASE("ops: softmax in double and bfloat16") { cot::test::check_numbers<cot::test::softmax_case>(); }
TEST_CASE("ops: log_softmax in double and bfloat16") { cot::test::check_numbers<cot::test::log_softmax_case>(); }
