#include "ops/softmax_case.hpp"

using namespace cot::test;

TEST_CASE("ops: softmax") { check_operation<softmax_case>(); }
TEST_CASE("ops: log_softmax") { check_operation<log_softmax_case>(); }

TEST_CASE("ops: softmax of logits that overflow exp, and of -inf") {
  cot::cpu device;
  bench<cot::cpu> at(device);
  const double infinite = std::numeric_limits<double>::infinity();
  const auto y = at.room<float>({{2, 3}});
  cot::ops::softmax(device, at.put<float>({1000, 1000, -1000, 0, -infinite, 0}, {{2, 3}}), y);
  CHECK(at.take(y) == values{0.5, 0.5, 0, 0.5, 0, 0.5});
}
