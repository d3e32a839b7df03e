// Correlations and STS scores against scipy.
#include <cotangent/eval/sts.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include <support/golden_values.hpp>

using namespace cot::eval;

namespace {
struct scores {
  std::vector<double> model, gold;
};
scores golden_scores(const cot::test::golden_values& golden) {
  scores s;
  for (int i = 0; i < 60; ++i) {
    s.model.push_back(golden("sts", "model_" + std::to_string(i)));
    s.gold.push_back(golden("sts", "gold_" + std::to_string(i)));
  }
  return s;
}
void check_near(double value, double expected) { CHECK(std::fabs(value - expected) < 1e-14); }
}  // namespace

TEST_CASE("eval: ties share the mean of their ranks") {
  CHECK(average_ranks(std::vector<double>{1, 2, 2, 3, 5, 5, 5, 4}) == std::vector<double>{1, 2.5, 2.5, 4, 7, 7, 7, 5});
  CHECK(average_ranks(std::vector<double>{0.0, -0.0, -1.0}) == std::vector<double>{2.5, 2.5, 1});
  CHECK(average_ranks({}).empty());
  const cot::test::golden_values golden("geometry.tsv");
  const auto ranks = average_ranks(golden_scores(golden).gold);
  for (std::size_t i = 0; i < ranks.size(); ++i) CHECK(ranks[i] == golden("sts", "rank_" + std::to_string(i)));
}

TEST_CASE("eval: correlations are those of scipy, ties included") {
  const cot::test::golden_values golden("geometry.tsv");
  const auto [model, gold] = golden_scores(golden);
  check_near(spearman(model, gold), golden("sts", "spearman"));
  check_near(pearson(model, gold), golden("sts", "pearson"));
  const std::vector<double> a = {1, 2, 2, 3, 5, 5, 5, 4}, b = {.1, .4, .3, .3, .9, .7, .7, .8};
  check_near(spearman(a, b), 0.8262304062195839);
  check_near(pearson(a, b), 0.9123656433654633);
}

TEST_CASE("eval: correlations at their limits") {
  const std::vector<double> up = {1, 2, 3, 4}, down = {8, 6, 4, 2}, flat = {0.1, 0.1, 0.1, 0.1};
  CHECK(pearson(up, up) == 1);
  CHECK(pearson(up, down) == -1);
  CHECK(spearman(up, down) == -1);
  CHECK(std::isnan(pearson(up, flat)));
  CHECK(std::isnan(spearman(flat, up)));
  CHECK(std::isnan(pearson({}, {})));
  CHECK(std::isnan(spearman(std::span(up).first(1), std::span(up).first(1))));
  const std::vector<double> hole = {1, std::numeric_limits<double>::quiet_NaN(), 3, 4};
  CHECK(std::isnan(pearson(up, hole)));
  CHECK(std::isnan(spearman(up, hole)));
  CHECK_THROWS_AS(static_cast<void>(pearson(up, std::span(down).first(3))), cot::shape_error);
  CHECK_THROWS_AS(static_cast<void>(spearman(up, std::span(down).first(3))), cot::shape_error);
  std::vector<double> far = up, other = {1, 3, 2, 4};
  for (double& x : far) x += 1e9;
  CHECK(std::fabs(pearson(far, other) - pearson(up, other)) < 1e-15);
}

TEST_CASE("eval: sts scores, of all rows and of named blocks") {
  const cot::test::golden_values golden("geometry.tsv");
  const auto [model, gold] = golden_scores(golden);
  const std::vector<sts_block> blocks = {{"first", 0}, {"second", 10}, {"third", 40}};
  const sts_result plain = score_sts(model, gold), parted = score_sts(model, gold, blocks);
  CHECK(plain.pairs == 60);
  CHECK(plain.blocks.empty());
  CHECK_FALSE(plain.mean.has_value());
  check_near(plain.spearman, golden("sts", "spearman"));
  check_near(parted.spearman, golden("sts", "spearman"));
  check_near(parted.pearson, golden("sts", "pearson"));
  REQUIRE(parted.blocks.size() == 3);
  CHECK(parted.blocks[1].first == "second");
  CHECK(parted.blocks[1].second.pairs == 30);
  for (std::size_t i = 0; i < 3; ++i) {
    check_near(parted.blocks[i].second.spearman, golden("sts", "block_" + std::to_string(i) + "_spearman"));
    check_near(parted.blocks[i].second.pearson, golden("sts", "block_" + std::to_string(i) + "_pearson"));
  }
  REQUIRE(parted.mean.has_value());
  REQUIRE(parted.weighted_mean.has_value());
  check_near(parted.mean->spearman, golden("sts", "mean_spearman"));
  check_near(parted.mean->pearson, golden("sts", "mean_pearson"));
  check_near(parted.weighted_mean->spearman, golden("sts", "weighted_mean_spearman"));
  check_near(parted.weighted_mean->pearson, golden("sts", "weighted_mean_pearson"));
}

TEST_CASE("eval: sts scoring counts an undefined cosine as 0 and refuses blocks out of order") {
  const std::vector<double> gold = {1, 2, 3, 4};
  const std::vector<double> holed = {std::numeric_limits<double>::quiet_NaN(), 0.5, 0.4, 0.9},
                            filled = {0, 0.5, 0.4, 0.9};
  CHECK(score_sts(holed, gold).spearman == score_sts(filled, gold).spearman);
  CHECK_THROWS_AS(static_cast<void>(score_sts(filled, gold, std::vector<sts_block>{{"late", 1}})), cot::shape_error);
  CHECK_THROWS_AS(static_cast<void>(score_sts(filled, gold, std::vector<sts_block>{{"a", 0}, {"b", 3}, {"c", 2}})),
                  cot::shape_error);
  CHECK_THROWS_AS(static_cast<void>(score_sts(std::span(filled).first(2), gold)), cot::shape_error);
}
