// Moments that arrive in pieces.
#include <cotangent/geometry/rank.hpp>

#include <doctest/doctest.h>

#include <limits>

#include <geometry/fixture.hpp>
#include <support/golden_values.hpp>

using cot::geometry::moments;
using cot::test::rows;

namespace {
double largest_difference(std::span<const double> a, std::span<const double> b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]));
  return most;
}
}  // namespace

TEST_CASE("geometry: moments in any grouping are those of all rows") {
  const rows x = cot::test::wave(700, 9);
  moments whole(9), pieces(9), left(9), right(9);
  whole.observe(x);
  cot::index at = 0;
  for (cot::index size : {1, 0, 2, 300, 97, 300}) {
    pieces.observe(cot::geometry::matrix(x).rows(at, at + size));
    at += size;
  }
  REQUIRE(at == 700);
  left.observe(cot::geometry::matrix(x).rows(0, 411));
  right.observe(cot::geometry::matrix(x).rows(411, 700));
  left.merge(right);
  left.merge(moments(9));
  for (const moments* m : {&pieces, &left}) {
    CHECK(m->count() == 700);
    CHECK(largest_difference(m->mean(), whole.mean()) < 1e-15);
    CHECK(largest_difference(m->scatter(), whole.scatter()) < 1e-12);
  }
  std::vector<double> raw(81);
  for (cot::index i = 0; i < 700; ++i)
    for (std::size_t a = 0; a < 9; ++a)
      for (std::size_t b = 0; b < 9; ++b)
        raw[a * 9 + b] += x(i, static_cast<cot::index>(a)) * x(i, static_cast<cot::index>(b));
  CHECK(largest_difference(pieces.raw_second_moment(), raw) < 1e-11);
}

TEST_CASE("geometry: a mean far from the origin costs no digits") {
  const rows x = cot::test::wave(300, 6);
  rows far = x;
  for (double& v : far.values) v += 1048576;  // a power of two: the sum loses 20 bits of x, nothing else
  moments near_origin(6), away(6);
  rows back = far;
  for (double& v : back.values) v -= 1048576;
  near_origin.observe(back);
  for (cot::index i = 0; i < 300; i += 50) away.observe(cot::geometry::matrix(far).rows(i, i + 50));
  CHECK(largest_difference(away.scatter(), near_origin.scatter()) < 1e-8);
}

TEST_CASE("geometry: moments refuse what they cannot add, and stay as they were") {
  moments m(5);
  m.observe(cot::test::wave(4, 5));
  const std::vector<double> before(m.scatter().begin(), m.scatter().end());
  rows bad = cot::test::wave(600, 5);
  bad(599, 4) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(m.observe(bad), cot::error);
  CHECK_THROWS_AS(m.observe(cot::test::wave(4, 6)), cot::shape_error);
  CHECK_THROWS_AS(m.merge(moments(6)), cot::shape_error);
  CHECK_THROWS_AS(moments(0), cot::shape_error);
  CHECK(m.count() == 4);
  CHECK(largest_difference(m.scatter(), before) == 0);
}

TEST_CASE("geometry: both sides give the spectrum, with rows or from moments") {
  const cot::test::golden_values golden("geometry.tsv");
  for (const auto& [n, d] : {std::pair{64, 8}, {6, 8}, {300, 24}, {20, 50}}) {
    const rows x = cot::test::wave(n, d);
    moments m(d);
    m.observe(x);
    const auto direct = cot::geometry::spectrum(x).singular_values();
    const auto streamed = cot::geometry::spectrum(m).singular_values();
    REQUIRE(direct.size() == static_cast<std::size_t>(std::min(n, d)));
    REQUIRE(streamed.size() == direct.size());
    for (std::size_t i = 0; i < direct.size(); ++i) {
      const double s =
          golden("wave_" + std::to_string(n) + "x" + std::to_string(d), "singular_value_" + std::to_string(i));
      CHECK(std::fabs(direct[i] - s) < 1e-12 * s + 1e-13);
      CHECK(std::fabs(streamed[i] - s) < 1e-12 * s + 1e-12);
    }
    CHECK(std::fabs(cot::geometry::effective_rank_covariance{}(
              cot::geometry::spectrum(m, true))-cot::geometry::effective_rank_covariance{}(x)) < 1e-10);
  }
}

TEST_CASE("geometry: a missing direction counts for nothing") {
  const rows x = cot::test::wave(40, 12);
  rows low(40, 12);  // rank 5
  for (cot::index i = 0; i < 40; ++i)
    for (cot::index j = 0; j < 12; ++j)
      for (cot::index k = 0; k < 5; ++k) low(i, j) += x(i, k) * std::cos(0.9 * static_cast<double>((k + 1) * j));
  const cot::geometry::spectrum spectrum(low);
  const auto l = spectrum.eigenvalues();
  REQUIRE(l.size() == 12);
  CHECK(l[4] > 0);
  for (std::size_t i = 5; i < 12; ++i) CHECK(l[i] == 0);
}
