#pragma once
// Semantic textual similarity: scores of a model against those of people.

#include <cotangent/data/sts_pairs.hpp>
#include <cotangent/eval/correlation.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cot::eval {

/// Correlations in -1..1; NaN where undefined (fewer than two pairs, or a constant side).
struct correlations {
  index pairs = 0;
  double spearman = std::numeric_limits<double>::quiet_NaN();
  double pearson = std::numeric_limits<double>::quiet_NaN();
};

using data::sts_block;

/// The result on one file. `spearman` and `pearson` are those of all rows together, the number that SimCSE's tables and
/// MTEB print; `mean` and `weighted_mean` are over the parts of a file that has some (SentEval's "mean" and "wmean").
struct sts_result : correlations {
  std::vector<std::pair<std::string, correlations>> blocks;
  std::optional<correlations> mean;           ///< of the parts, each alike
  std::optional<correlations> weighted_mean;  ///< of the parts, weighted by pairs
};

[[nodiscard]] inline correlations correlate(std::span<const double> similarity, std::span<const double> gold) {
  return {static_cast<index>(gold.size()), spearman(similarity, gold), pearson(similarity, gold)};
}

/// Scores cosine similarities against gold scores. A NaN similarity (a zero embedding) counts as 0, as in SentEval.
/// Blocks must be in order and start at row 0; rows before the first would belong nowhere.
[[nodiscard]] inline sts_result score_sts(std::span<const double> similarity, std::span<const double> gold,
                                          std::span<const sts_block> blocks = {}) {
  if (similarity.size() != gold.size())
    throw shape_error("score_sts", "number of similarities", std::to_string(gold.size()),
                      std::to_string(similarity.size()));
  std::vector<double> model(similarity.begin(), similarity.end());
  for (double& s : model)
    if (std::isnan(s)) s = 0;

  sts_result result{correlate(model, gold), {}, {}, {}};
  if (blocks.empty()) return result;
  correlations mean{0, 0, 0}, weighted{0, 0, 0};
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const index first = blocks[b].first, last = b + 1 < blocks.size() ? blocks[b + 1].first : result.pairs;
    if (first < 0 || last < first || last > result.pairs || (b == 0 && first != 0))
      throw shape_error("score_sts", "rows of block " + blocks[b].name,
                        "ascending from 0 to " + std::to_string(result.pairs),
                        std::to_string(first) + " to " + std::to_string(last));
    const std::size_t from = static_cast<std::size_t>(first), size = static_cast<std::size_t>(last - first);
    const correlations part = correlate(std::span(model).subspan(from, size), gold.subspan(from, size));
    result.blocks.emplace_back(blocks[b].name, part);
    const double share = 1 / static_cast<double>(blocks.size());
    const double weight = static_cast<double>(part.pairs) / static_cast<double>(result.pairs);
    mean.spearman += share * part.spearman;
    mean.pearson += share * part.pearson;
    weighted.spearman += weight * part.spearman;
    weighted.pearson += weight * part.pearson;
  }
  mean.pairs = weighted.pairs = result.pairs;
  result.mean = mean;
  result.weighted_mean = weighted;
  return result;
}

}  // namespace cot::eval
