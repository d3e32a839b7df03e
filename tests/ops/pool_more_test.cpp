#include "ops/pool_case.hpp"

using namespace cot::test;
using cot::pooling;

TEST_CASE("ops: pool gradients in the other modes") {
  check_gradient<pool_case<pooling::cls>>();
  check_gradient<pool_case<pooling::last_token>>();
  check_gradient<pool_case<pooling::mean_sqrt_len>>();
  check_gradient<pool_case<pooling::weighted_mean>>();
}
TEST_CASE("ops: pool by weighted mean in double and bfloat16") { check_numbers<pool_case<pooling::weighted_mean>>(); }
