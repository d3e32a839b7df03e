// Input that has no answer, or barely one.
#include <doctest/doctest.h>

#include <limits>
#include <map>

#include <geometry/each_estimator.hpp>

using cot::test::make_rows;
using cot::test::rows;

namespace {
const double undefined = std::numeric_limits<double>::quiet_NaN();

void check_values(const rows& x, const std::map<std::string, double>& expected) {
  for (const auto& [name, described, value] : cot::test::estimators()) {
    REQUIRE_MESSAGE(expected.contains(name), "no value is given for ", name);
    const double got = value(x, x), wanted = expected.at(name);
    if (std::isnan(wanted))
      CHECK_MESSAGE(std::isnan(got), name, ": ", got, ", expected NaN");
    else
      CHECK_MESSAGE(std::fabs(got - wanted) <= 1e-12, name, ": ", got, ", expected ", wanted);
  }
}
}  // namespace

TEST_CASE("geometry: too few rows are an error, the fewest allowed are not") {
  for (const auto& [name, described, value] : cot::test::estimators()) {
    for (cot::index n = 0; n < described.least_rows; ++n) {
      const rows x = cot::test::wave(n, 5);
      CHECK_THROWS_AS_MESSAGE(value(x, x), cot::shape_error, name, " of ", n, " rows");
    }
    const rows least = cot::test::wave(described.least_rows, 5);
    CHECK_MESSAGE(std::isfinite(value(least, least)), name);
    const rows narrow(5, 0);
    CHECK_THROWS_AS_MESSAGE(value(narrow, narrow), cot::shape_error, name, " without columns");
  }
}

TEST_CASE("geometry: a number that is not finite is an error that says where") {
  for (const double bad :
       {undefined, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    rows x = cot::test::wave(9, 5);
    x(7, 3) = bad;
    for (const auto& [name, described, value] : cot::test::estimators()) {
      std::string text;
      try {
        static_cast<void>(value(x, x));
      } catch (const cot::error& e) {
        text = e.what();
      }
      CHECK_MESSAGE(text.find("row 7, column 3: expected a finite number, got ") != std::string::npos, name, ": ",
                    text);
    }
  }
}

TEST_CASE("geometry: equal rows") {
  const rows x = make_rows(10, 4, [](cot::index, cot::index j) { return 0.1 + 0.3 * static_cast<double>(j); });
  const double d = 4;
  double squared = 0;
  for (cot::index j = 0; j < 4; ++j) squared += x(0, j) * x(0, j);
  check_values(x, {{"effective_rank", 1},
                   {"effective_rank_covariance", undefined},
                   {"energy_rank", 1},
                   {"rankme", std::exp(-(1 + 1e-7) * std::log(1 + 1e-7) - (d - 1) * 1e-7 * std::log(1e-7))},
                   {"von_neumann_entropy", 0},
                   {"stable_rank", 1},
                   {"nesum", undefined},
                   {"participation_ratio", undefined},
                   {"participation_ratio_unbiased", undefined},
                   // F(u) is 10 exp(u . x), largest and smallest along the row and against it
                   {"isotropy_partition", std::exp(-2 * std::sqrt(squared))},
                   {"mean_cosine", 1},
                   {"isoscore", undefined},
                   {"isoscore_star", 1},
                   {"uniformity", 0},
                   {"alignment", 0},
                   {"outlier_dimensions", 0},
                   {"hubness_skewness", 0},
                   {"lid_mle", undefined},
                   {"two_nn", undefined},
                   {"linear_cka", undefined},
                   {"linear_cka_debiased", undefined},
                   {"procrustes", undefined},
                   {"neighbour_overlap", 1}});
}

TEST_CASE("geometry: zero rows") {
  check_values(rows(10, 4), {{"effective_rank", undefined},
                             {"effective_rank_covariance", undefined},
                             {"energy_rank", undefined},
                             {"rankme", undefined},
                             {"von_neumann_entropy", undefined},
                             {"stable_rank", undefined},
                             {"nesum", undefined},
                             {"participation_ratio", undefined},
                             {"participation_ratio_unbiased", undefined},
                             // F(u) is 10 exp(u . x), largest and smallest along the row and against it
                             {"isotropy_partition", 1},
                             {"mean_cosine", 0},
                             {"isoscore", undefined},
                             {"isoscore_star", 1},
                             {"uniformity", 0},
                             {"alignment", 0},
                             {"outlier_dimensions", 0},
                             {"hubness_skewness", 0},
                             {"lid_mle", undefined},
                             {"two_nn", undefined},
                             {"linear_cka", undefined},
                             {"linear_cka_debiased", undefined},
                             {"procrustes", undefined},
                             {"neighbour_overlap", 1}});
}

TEST_CASE("geometry: one zero row among others gives finite values") {
  rows x = cot::test::wave(12, 5);
  for (cot::index j = 0; j < 5; ++j) x(4, j) = 0;
  for (const auto& [name, described, value] : cot::test::estimators()) {
    CHECK_MESSAGE(std::isfinite(value(x, x)), name);
  }
}

TEST_CASE("geometry: huge and tiny rows neither overflow nor vanish") {
  const rows x = cot::test::wave(20, 5);
  for (const double factor : {1e-70, 1e70}) {
    const rows y = cot::test::scaled(x, factor);
    for (const auto& [name, described, value] : cot::test::estimators()) {
      if (!described.unchanged_by.scale) continue;
      CHECK_MESSAGE(std::fabs(value(y, y) - value(x, x)) < 1e-11, name, " scaled by ", factor);
    }
  }
  CHECK(std::isfinite(std::log(cot::geometry::isotropy_partition{}(cot::test::scaled(x, 100)))));
}

TEST_CASE("geometry: options outside their domain are refused") {
  const rows x = cot::test::wave(8, 5);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::energy_rank{.share = 0}(x)), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::energy_rank{.power = -1}(x)), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::uniformity{.t = 0}(x)), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::alignment{.alpha = undefined}(x, x)), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::isoscore_star{.zeta = 1.5}(x)), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::alignment{}(x, cot::test::wave(7, 5))), cot::shape_error);
}
