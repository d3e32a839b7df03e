#include "results.hpp"

#include <cotangent/io/atomic_file.hpp>
#include <cotangent/report/format.hpp>
#include <cotangent/train/run_report.hpp>

#include <filesystem>
#include <iostream>
#include <string>

namespace {

/// Bytes of all files below a folder.
double bytes_in(const std::string& folder) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  return bytes;
}

}  // namespace

void finetune_results(const finetune_settings& s, const cot::io::json& settings, cot::index steps,
                      const cot::train::history& log, const cot::geometry::rank_tracker& tracker) {
  using namespace cot;
  namespace fs = std::filesystem;
  const auto changes = train::score_changes(log);
  io::json summary = io::json::of({{"finished", true}, {"steps", steps}, {"settings", settings}});
  for (const auto& c : changes) summary["sts"][c.name] = io::json::of({{"before", c.before}, {"after", c.after}});
  const std::string text = io::json_text(summary, {.null_for_nan = true}) + "\n";
  if (!s.report.empty())
    train::run_report("Fine-tuning of " + fs::path(s.model).lexically_normal().filename().string(),
                      std::to_string(steps) + " steps of " + s.loss + ", batch " + std::to_string(s.batch), log,
                      tracker)
        .write(s.report);
  io::write_file(s.output + "/run.json", text);
  if (s.json == "-") {
    std::cout << text;
    return;
  }
  if (!s.json.empty()) io::write_file(s.json, text);
  if (!changes.empty()) std::cout << report::to_text(train::change_table(changes)) << '\n';
  if (const auto rank = log.series("probe", "effective_rank"); rank.size() > 1)
    std::cout << "Effective rank " << report::fixed(rank.front().second, 1) << " -> "
              << report::fixed(rank.back().second, 1) << ", peak " << report::fixed(tracker.peak().value, 1)
              << " at step " << tracker.peak().step << '\n';
  std::cout << "Model in " << s.output << '\n';
  const std::string checkpoints = s.output + "/checkpoints";
  if (fs::exists(checkpoints) && !fs::is_empty(checkpoints))
    std::cout << "Its last checkpoints stay in " << checkpoints << " (" << report::with_unit(bytes_in(checkpoints))
              << "B) and may be removed\n";
}
