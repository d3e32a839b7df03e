#pragma once
// The page at the end of a run: what changed, and the curves.

#include <cotangent/geometry/rank_tracker.hpp>
#include <cotangent/report/chart.hpp>
#include <cotangent/report/format.hpp>
#include <cotangent/report/html.hpp>
#include <cotangent/report/table.hpp>
#include <cotangent/train/history.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace cot::train {

/// One STS set before and after a run, in -1..1.
struct score_change {
  std::string name;
  double before = std::nan("");
  double after = std::nan("");
};

/// The first and the last evaluation of a run, set by set.
[[nodiscard]] inline std::vector<score_change> score_changes(const history& log) {
  std::vector<score_change> changes;
  for (const io::json& e : log.events()) {
    if (e.value_or("event", "") != "evaluate") continue;
    for (const auto& [name, scores] : e.at("sts").members()) {
      const double value = scores.value_or("spearman", std::nan(""));
      bool known = false;
      for (auto& c : changes)
        if (c.name == name) c.after = value, known = true;
      if (!known) changes.push_back({name, value, value});
    }
  }
  return changes;
}

/// Before, after and change, x 100.
[[nodiscard]] inline report::table change_table(const std::vector<score_change>& changes) {
  report::table table({{"Spearman x 100", report::align::left}, {"before"}, {"after"}, {"change"}});
  for (const auto& c : changes)
    table.add({c.name, report::fixed(100 * c.before, 2), report::fixed(100 * c.after, 2),
               report::signed_fixed(100 * (c.after - c.before), 2)});
  return table;
}

/// Scores, loss, rank with its phases, isotropy and the settings of a run. `phases` may be that of an empty path.
[[nodiscard]] inline report::html_report run_report(const std::string& title, const std::string& subtitle,
                                                    const history& log, const geometry::rank_tracker& tracker) {
  report::html_report page(title, subtitle);
  const auto changes = score_changes(log);
  std::vector<report::comparison> cards;
  for (const auto& c : changes)
    cards.push_back({c.name + ", Spearman x 100", 100 * c.before, 100 * c.after, 2, true, true});
  const auto rank = log.series("probe", "effective_rank");
  if (rank.size() > 1) cards.push_back({"Effective rank", rank.front().second, rank.back().second, 1, true, false});
  if (!cards.empty()) page.summary(cards);

  page.section("Training");
  page.add_chart({.title = "Loss",
                  .x_label = "step",
                  .y_label = "loss",
                  .series = {{.name = "loss", .points = log.series("step", "loss"), .smooth = 10},
                             {.name = "learning rate", .points = log.series("step", "lr"), .second_axis = true}}});
  if (rank.size() > 1) {
    const geometry::training_phases phases = tracker.phases();
    report::chart chart{.title = "Effective rank of the probe",
                        .x_label = "step",
                        .y_label = "effective rank",
                        .series = {{.name = "effective rank", .points = rank}}};
    const auto peak = static_cast<double>(phases.peak), best = static_cast<double>(phases.best);
    if (peak > 0) chart.bands.push_back({0, peak, "phase 1"});
    if (best > peak) chart.bands.push_back({peak, best, "phase 2"});
    chart.marks.push_back({peak, "peak"});
    page.section("Geometry");
    page.text("Phase 1 lasts until the rank of the embeddings peaks, phase 2 from there to the best step.");
    page.add_chart(chart);
    page.add_chart(
        {.title = "Alignment and uniformity",
         .x_label = "step",
         .y_label = "uniformity",
         .second_label = "alignment",
         .series = {{.name = "uniformity", .points = log.series("probe", "uniformity")},
                    {.name = "alignment", .points = log.series("probe", "alignment"), .second_axis = true}}});
    page.add_chart({.title = "Isotropy",
                    .x_label = "step",
                    .y_label = "mean cosine",
                    .second_label = "participation ratio",
                    .series = {{.name = "mean cosine", .points = log.series("probe", "mean_cosine")},
                               {.name = "participation ratio",
                                .points = log.series("probe", "participation_ratio"),
                                .second_axis = true}}});
  }
  if (const auto means = log.series("evaluate", "mean"); means.size() > 2)
    page.add_chart({.title = "Mean Spearman over the STS sets",
                    .x_label = "step",
                    .y_label = "Spearman",
                    .series = {{.name = "mean", .points = means}}});
  if (!log.events().empty() && log.events().front().value_or("event", "") == "start") {
    std::vector<std::pair<std::string, std::string>> settings;
    for (const auto& [name, value] : log.events().front().members())
      if (name != "event")
        settings.emplace_back(name, value.is_string() ? value.as<std::string>() : io::json_text(value));
    page.options("Settings", settings);
  }
  return page;
}

}  // namespace cot::train
