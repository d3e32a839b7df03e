#include "ops/pool_case.hpp"

using namespace cot::test;
using cot::pooling;

TEST_CASE("ops: pool by mean") { check_operation<pool_case<pooling::mean>>(); }
TEST_CASE("ops: pool by max") { check_operation<pool_case<pooling::max>>(); }

TEST_CASE("ops: pool by hand, in every mode") {
  cot::serial device;
  bench<cot::serial> at(device);
  const auto pooled = [&](pooling mode) {
    const auto y = at.room<double>({{2, 1}});
    cot::ops::pool(device, mode, cot::view<const cot::index, 1, cot::serial>(at.put_offsets({0, 4, 4})),
                   cot::view<const double, 2, cot::serial>(at.put<double>({3, 9, 1, 5}, {{4, 1}})), y);
    return at.take(y);
  };
  CHECK(pooled(pooling::cls) == values{3, 0});
  CHECK(pooled(pooling::last_token) == values{5, 0});
  CHECK(pooled(pooling::mean) == values{4.5, 0});
  CHECK(pooled(pooling::max) == values{9, 0});
  CHECK(pooled(pooling::mean_sqrt_len) == values{9, 0});
  CHECK(pooled(pooling::weighted_mean)[0] == doctest::Approx(4.4));
}
