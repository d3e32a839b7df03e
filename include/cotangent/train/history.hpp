#pragma once
// `history`: the events of a run, in memory, in the log file, and in checkpoints. Log, resume and report all read this.

#include <cotangent/io/json.hpp>
#include <cotangent/report/jsonl.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::train {

/// One JSON object an event, by its member "event": start, step, probe, evaluate, phase. The log file holds the same,
/// one a line, each written through as it happens.
class history {
 public:
  history() = default;
  /// Begins a log, or with an empty path none. `past` are the events of the run up to the checkpoint it goes on from:
  /// the log becomes just them.
  explicit history(const std::string& log, std::vector<io::json> past = {}) {
    if (!log.empty()) log_.emplace(log);
    for (io::json& e : past) append(std::move(e));
  }

  void append(io::json event) {
    if (log_) log_->write(event);
    events_.push_back(std::move(event));
  }

  [[nodiscard]] const std::vector<io::json>& events() const { return events_; }

  /// (step, value) of a member over all events of a kind, for curves. Events without it (or with null) are left out.
  [[nodiscard]] std::vector<std::pair<double, double>> series(std::string_view event, std::string_view member) const {
    std::vector<std::pair<double, double>> points;
    for (const io::json& e : events_) {
      const io::json* value = e.find(member);
      if (e.value_or("event", "") != event || value == nullptr || !value->is_number()) continue;
      points.emplace_back(e.get<double>("step"), value->as<double>());
    }
    return points;
  }

 private:
  std::optional<report::jsonl_log> log_;
  std::vector<io::json> events_;
};

}  // namespace cot::train
