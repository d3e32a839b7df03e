// Attention on serial in double: the pullback against finite differences, so that the reference itself is known to be
// right.

#include "attention_support.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/attention.hpp>

#include <doctest/doctest.h>

#include <limits>

namespace {

using attention_support::problem;
using attention_support::solve;

/// <out, dout>, whose gradient the pullback is.
double value(const problem<double>& p) {
  cot::serial device;
  const auto a = solve<double>(device, p);
  double sum = 0;
  for (cot::index row = 0; row < p.layout.tokens; ++row)
    for (cot::index c = 0; c < p.layout.heads * p.layout.width; ++c) {
      const auto at = static_cast<std::size_t>(row * p.out_stride() + c);
      sum += a.out[at] * p.dout[at];
    }
  return sum;
}

double worst_error(problem<double> p) {
  cot::serial device;
  const auto a = solve<double>(device, p);
  double worst = 0;
  constexpr double step = 1e-5;
  for (std::size_t i = 0; i < p.projection.size(); ++i) {
    const double x = p.projection[i];
    p.projection[i] = x + step;
    const double above = value(p);
    p.projection[i] = x - step;
    const double below = value(p);
    p.projection[i] = x;
    worst = std::max(worst, std::abs((above - below) / (2 * step) - a.gradient[i]));
  }
  return worst;
}

}  // namespace

TEST_CASE("attention: the pullback of serial agrees with finite differences") {
  CHECK(worst_error({{3, 1, 5}, 2, 2, 3}) < 1e-8);
  CHECK(worst_error({{4, 0, 3}, 4, 2, 3}) < 1e-8);
  problem<double> causal({3, 5}, 2, 2, 3);
  causal.layout.causal = true;
  CHECK(worst_error(causal) < 1e-8);
  problem<double> dropout({6, 4}, 4, 2, 3);
  dropout.layout.dropout = 0.4;
  dropout.layout.at = {5, cot::random_site::hash("attention"), 2};
  CHECK(worst_error(dropout) < 1e-8);
  dropout.layout.causal = true;
  CHECK(worst_error(dropout) < 1e-8);
}

TEST_CASE("attention: serial gives the values of a hand calculation") {
  // Two tokens, one head of width one: q = (1, 2), k = (0, 3), v = (5, 7), scale 1, so that row i weighs 1 : e^(3 q_i).
  problem<double> p({2}, 1, 1, 1);
  p.layout.scale = 1;
  p.projection = {1, 0, 5, 2, 3, 7};
  cot::serial device;
  const auto a = solve<double>(device, p);
  const auto expected = [](double score) { return (5 + 7 * std::exp(score)) / (1 + std::exp(score)); };
  CHECK(a.out[0] == doctest::Approx(expected(3)).epsilon(1e-14));
  CHECK(a.out[static_cast<std::size_t>(p.out_stride())] == doctest::Approx(expected(6)).epsilon(1e-14));
  CHECK(a.maximum[0] == doctest::Approx(3 / std::log(2.0)).epsilon(1e-14));
  CHECK(a.reciprocal_sum[0] == doctest::Approx(1 / (1 + std::exp(-3.0))).epsilon(1e-14));
}

TEST_CASE("attention: dropped weights are zero and kept ones are scaled, drawn by row and head") {
  // One key after the other as the only value that is not zero shows the masked weights themselves.
  problem<double> p({9}, 2, 2, 9);
  p.layout.dropout = 0.5;
  p.layout.at = {1, 2, 3};
  p.layout.scale = 0;  // all weights are 1 / 9
  for (cot::index i = 0; i < 9; ++i)
    for (cot::index a = 0; a < 2; ++a)
      for (cot::index c = 0; c < 9; ++c)
        p.projection[static_cast<std::size_t>(i * p.projection_stride() + (4 + a) * 9 + c)] = i == c ? 1.0 : 0.0;
  cot::serial device;
  const auto weights = solve<double>(device, p);
  cot::index kept = 0;
  for (cot::index i = 0; i < 9; ++i)
    for (cot::index a = 0; a < 2; ++a)
      for (cot::index j = 0; j < 9; ++j) {
        const bool keep = cot::random_bits(p.layout.at, 0, static_cast<std::uint32_t>(a), i * 9 + j) >= 0x80000000u;
        kept += keep;
        CHECK(weights.out[static_cast<std::size_t>(i * p.out_stride() + a * 9 + j)] ==
              doctest::Approx(keep ? 2.0 / 9 : 0.0));
      }
  CHECK(kept > 50);
  CHECK(kept < 112);
}
