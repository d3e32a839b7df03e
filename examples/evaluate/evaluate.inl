// The work of evaluate for one precision and backend.

#include "evaluate.hpp"
#include "support/models.hpp"
#include "support/signals.hpp"
#include "support/sts.hpp"

#include <cotangent/eval/evaluate.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/report/format.hpp>
#include <cotangent/report/progress.hpp>
#include <cotangent/report/table.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

namespace {

void stop_if_asked() {
  if (programs::stopped) throw cot::interrupted("interrupted; nothing was written");
}

/// Why a set has no correlation.
std::string missing_reason(const cot::eval::sts_set& set, const cot::eval::correlations& c) {
  if (c.pairs < 2) return set.name + ": no correlation, since it needs at least two pairs, and here is one";
  const auto& gold = set.pairs.scores;
  const bool constant = std::all_of(gold.begin(), gold.end(), [&](double score) { return score == gold.front(); });
  return set.name + ": no correlation, since " +
         (constant ? "all its scores are the same" : "the model gives all its pairs the same cosine");
}

}  // namespace

template <class P, class B>
void evaluate(B& device, const evaluate_settings& settings) {
  using namespace cot;
  const auto sets = programs::read_sts_sets(settings.sets);
  auto encoder = model::load_encoder<P>(device, settings.model);
  report::table table({{"file", report::align::left}, {"pairs"}, {"Spearman x 100"}, {"Pearson x 100"}});
  std::vector<std::string> notes;
  io::json scores;
  double spearman = 0, pearson = 0;
  const auto count = static_cast<double>(sets.size());
  double tokens = 0;
  {
    report::progress progress({.label = "evaluate", .total = count, .quiet = settings.common.quiet});
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const auto& pairs = sets[i].pairs;
      stop_if_asked();
      double done = static_cast<double>(i);
      const auto tell = [&](cot::index sentences, cot::index in_batch) {
        done += 0.5 * static_cast<double>(sentences) / static_cast<double>(pairs.scores.size());
        tokens += static_cast<double>(in_batch);
        stop_if_asked();
        progress.update(done, tokens);
      };
      const eval::sts_result r = eval::sts(encoder, pairs, model::embed_options{.progress = tell});
      const auto row = [&](const std::string& name, const eval::correlations& c) {
        table.add(
            {name, std::to_string(c.pairs), report::fixed(100 * c.spearman, 3), report::fixed(100 * c.pearson, 3)});
      };
      row(sets[i].name, r);
      if (std::isnan(r.spearman)) notes.push_back(missing_reason(sets[i], r));
      for (const auto& [name, part] : r.blocks) {
        row("  " + name, part);
        if (std::isnan(part.spearman) && !std::isnan(r.spearman))
          notes.push_back(sets[i].name + ", " + name + ": no correlation, since a side of its pairs is constant");
      }
      if (r.mean) row("  mean of parts", *r.mean);
      if (r.weighted_mean) row("  mean of parts, by pairs", *r.weighted_mean);
      scores[sets[i].name] = eval::to_json(r);
      spearman += r.spearman / count;
      pearson += r.pearson / count;
    }
  }
  table.rule();
  table.add({"mean", "", report::fixed(100 * spearman, 3), report::fixed(100 * pearson, 3)});
  const io::json result = io::json::of({{"model", settings.model},
                                        {"sts", scores},
                                        {"mean", io::json::of({{"spearman", spearman}, {"pearson", pearson}})}});
  if (settings.json == "-") {
    std::cout << io::json_text(result, {.null_for_nan = true}) << '\n';
    return;
  }
  std::cout << report::to_text(table);
  for (const std::string& note : notes) std::cout << note << '\n';
  if (!settings.json.empty()) io::write_file(settings.json, io::json_text(result, {.null_for_nan = true}) + "\n");
}
