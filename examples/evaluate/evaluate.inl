// The work of evaluate for one precision and backend.

#include "evaluate.hpp"
#include "support/models.hpp"
#include "support/sts.hpp"

#include <cotangent/eval/evaluate.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/report/format.hpp>
#include <cotangent/report/progress.hpp>
#include <cotangent/report/table.hpp>

#include <iostream>

template <class P, class B>
void evaluate(B& device, const evaluate_settings& settings) {
  using namespace cot;
  const auto sets = programs::read_sts_sets(settings.sets);
  auto encoder = model::load_encoder<P>(device, settings.model);
  report::table table({{"file", report::align::left}, {"pairs"}, {"Spearman x 100"}, {"Pearson x 100"}});
  io::json scores;
  double spearman = 0, pearson = 0;
  const auto count = static_cast<double>(sets.size());
  {
    report::progress progress({.label = "evaluate", .total = count, .quiet = settings.common.quiet});
    for (std::size_t i = 0; i < sets.size(); ++i) {
      progress.update(static_cast<double>(i));
      const eval::sts_result r = eval::sts(encoder, sets[i].pairs);
      const auto row = [&](const std::string& name, const eval::correlations& c) {
        table.add(
            {name, std::to_string(c.pairs), report::fixed(100 * c.spearman, 3), report::fixed(100 * c.pearson, 3)});
      };
      row(sets[i].name, r);
      for (const auto& [name, part] : r.blocks) row("  " + name, part);
      if (r.mean) row("  mean of parts", *r.mean);
      if (r.weighted_mean) row("  mean of parts, by pairs", *r.weighted_mean);
      scores[sets[i].name] = eval::to_json(r);
      spearman += r.spearman / count;
      pearson += r.pearson / count;
    }
  }
  table.rule();
  table.add({"mean", "", report::fixed(100 * spearman, 3), report::fixed(100 * pearson, 3)});
  const io::json result =
      io::json::of({{"model", settings.model}, {"sts", scores}, {"mean", io::json::of({{"spearman", spearman}})}});
  if (settings.json == "-") {
    std::cout << io::json_text(result, {.null_for_nan = true}) << '\n';
    return;
  }
  std::cout << report::to_text(table);
  if (!settings.json.empty()) io::write_file(settings.json, io::json_text(result, {.null_for_nan = true}) + "\n");
}
