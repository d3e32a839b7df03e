#pragma once
// Scoring a model on semantic textual similarity.

#include <cotangent/core/view.hpp>
#include <cotangent/data/sts_pairs.hpp>
#include <cotangent/eval/sts.hpp>
#include <cotangent/io/json.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace cot::eval {

/// Cosine of each pair of rows, in double; NaN where a row is zero.  a, b: [n, d].
template <class T>
[[nodiscard]] std::vector<double> paired_cosines(view<const T, 2> a, view<const T, 2> b) {
  std::vector<double> out(static_cast<std::size_t>(a.extent(0)));
  for (index i = 0; i < a.extent(0); ++i) {
    double ab = 0, aa = 0, bb = 0;
    for (index j = 0; j < a.extent(1); ++j) {
      const auto x = static_cast<double>(a(i, j)), y = static_cast<double>(b(i, j));
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    out[static_cast<std::size_t>(i)] = ab / std::sqrt(aa * bb);
  }
  return out;
}

/// A set by the name under which it is reported.
struct sts_set {
  std::string name;
  data::sts_pairs pairs;
};

/// Embeds both sides of every pair and correlates their cosines with the gold scores. `options` are what the model's
/// embed takes beside sentences.
template <class Encoder, class... Options>
[[nodiscard]] sts_result sts(Encoder& model, const data::sts_pairs& pairs, const Options&... options) {
  std::vector<std::string> sentences = pairs.first;
  sentences.insert(sentences.end(), pairs.second.begin(), pairs.second.end());
  const auto rows = model.embed(sentences, options...);
  const auto all = rows.view();
  const index n = all.extent(0) / 2;
  return score_sts(paired_cosines(all.rows(0, n), all.rows(n, 2 * n)), pairs.scores, pairs.blocks);
}

/// {"pairs", "spearman", "pearson"} in -1..1, and the parts of a file that has some.
[[nodiscard]] inline io::json to_json(const sts_result& r) {
  const auto plain = [](const correlations& c) {
    return io::json::of({{"pairs", c.pairs}, {"spearman", c.spearman}, {"pearson", c.pearson}});
  };
  io::json out = plain(r);
  if (r.blocks.empty()) return out;
  for (const auto& [name, part] : r.blocks) out["blocks"][name] = plain(part);
  out["mean"] = io::json::of({{"spearman", r.mean->spearman}, {"pearson", r.mean->pearson}});
  out["wmean"] = io::json::of({{"spearman", r.weighted_mean->spearman}, {"pearson", r.weighted_mean->pearson}});
  return out;
}

}  // namespace cot::eval
