#include "ops/pool_case.hpp"

using namespace cot::test;
using cot::pooling;

TEST_CASE("ops: pool by mean") { check_operation<pool_case<pooling::mean>>(); }
TEST_CASE("ops: pool by max") { check_operation<pool_case<pooling::max>>(); }
TEST_CASE("ops: pool by max, tokens skipped") { check_operation<pool_case<pooling::max, 2>>(); }
TEST_CASE("ops: pool by weighted mean, tokens skipped") { check_operation<pool_case<pooling::weighted_mean, 2>>(); }

namespace {

/// Of two sentences: four tokens, and those from there to `end`.
values pooled(pooling mode, const values& column, cot::index end, cot::index skipped) {
  cot::serial device;
  bench<cot::serial> at(device);
  const auto y = at.room<double>({{2, 1}});
  const auto tokens = static_cast<cot::index>(column.size());
  cot::ops::pool(device, mode, cot::view<const cot::index, 1, cot::serial>(at.put_offsets({0, 4, end})),
                 cot::view<const double, 2, cot::serial>(at.put<double>(column, {{tokens, 1}})), y, skipped);
  return at.take(y);
}

}  // namespace

TEST_CASE("ops: pool by hand, in every mode") {
  const auto of = [](pooling mode) { return pooled(mode, {3, 9, 1, 5}, 4, 0); };
  CHECK(of(pooling::cls) == values{3, 0});
  CHECK(of(pooling::last_token) == values{5, 0});
  CHECK(of(pooling::mean) == values{4.5, 0});
  CHECK(of(pooling::max) == values{9, 0});
  CHECK(of(pooling::mean_sqrt_len) == values{9, 0});
  CHECK(of(pooling::weighted_mean)[0] == doctest::Approx(4.4));
}

TEST_CASE("ops: pool by hand without the first two tokens, in every mode") {
  const auto of = [](pooling mode) { return pooled(mode, {30, 9, 1, 5, 7, 7}, 6, 2); };
  CHECK(of(pooling::cls) == values{1, 0});
  CHECK(of(pooling::last_token) == values{5, 0});
  CHECK(of(pooling::mean) == values{3, 0});
  CHECK(of(pooling::max) == values{5, 0});
  CHECK(of(pooling::mean_sqrt_len)[0] == doctest::Approx(6 / std::sqrt(2)));
  CHECK(of(pooling::weighted_mean)[0] == doctest::Approx((3 * 1 + 4 * 5) / 7.0));
}

TEST_CASE("ops: pool by max keeps a NaN wherever it stands") {
  cot::cpu device;
  bench<cot::cpu> at(device);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const values& column : {values{nan, 1, 2}, values{1, nan, 2}, values{1, 2, nan}}) {
    const auto y = at.room<float>({{1, 1}});
    cot::ops::pool(device, pooling::max, cot::view<const cot::index, 1, cot::cpu>(at.put_offsets({0, 3})),
                   cot::view<const float, 2, cot::cpu>(at.put<float>(column, {{3, 1}})), y);
    CHECK(std::isnan(at.take(y)[0]));
  }
}
