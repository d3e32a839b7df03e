// gemm of bfloat16 with a result of bfloat16.

#include "gemm_checks.hpp"

#include <doctest/doctest.h>

TEST_CASE("gemm: bfloat16 to bfloat16 is summed in float and rounded once") {
  gemm_test::check_bfloat16<cot::bfloat16>(gemm_test::sizes_of_pairs);
}
