#pragma once
// `rank_tracker`: the rank of representations along a training run, and the two phases that its peak divides.

#include <cotangent/geometry/rank.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace cot::geometry {

/// Observed at one step of training.
struct path_point {
  index step = 0;
  double value = 0;
};

/// Phase 1: steps up to `peak`, where the rank is largest. Phase 2: after it, up to `best`, where validation is best.
/// Later steps belong to neither.
struct training_phases {
  index first = 0;  ///< first observed step
  index peak = 0;
  index best = 0;
  [[nodiscard]] int of(index step) const { return step <= peak ? 1 : step <= best ? 2 : 0; }
};

/// Finds the phases of a finished run. `validation` may be empty: then the last step counts as the best one. Ties go to
/// the earlier step; values that are NaN are passed over. The peak is looked for among steps up to the best one.
/// Source: Jung et al. 2024, arXiv 2405.11297.
[[nodiscard]] inline training_phases find_phases(std::span<const path_point> rank,
                                                 std::span<const path_point> validation = {}) {
  if (rank.empty()) throw error(error_text("find_phases", "rank", "at least 1 observation", "0"));
  const auto largest = [](std::span<const path_point> path, index until) {
    path_point top = path.front();
    for (const path_point& p : path)
      if (p.step <= until && (p.value > top.value || std::isnan(top.value))) top = p;
    return top;
  };
  training_phases phases{.first = rank.front().step, .best = rank.back().step};
  if (!validation.empty()) phases.best = std::max(phases.first, largest(validation, validation.back().step).step);
  phases.peak = largest(rank, phases.best).step;
  return phases;
}

/// Feed it a batch, or a value, every few steps. `phase()` is a live, provisional answer: 2 once the (smoothed) rank
/// has stayed below its peak for `patience` observations in a row, 1 again when a new peak comes. `phases()` is the
/// final one. A rank depends on the number of rows: observe batches of one size.
class rank_tracker {
 public:
  struct options {
    int window = 1;    ///< moving average over this many observations; 1: none
    int patience = 3;  ///< observations below the peak that make phase 2 live
  };

  rank_tracker() : rank_tracker(options{}) {}
  explicit rank_tracker(options o) : options_(o) {
    if (o.window < 1) throw option_error("rank_tracker", "window", "1 or more", std::to_string(o.window));
    if (o.patience < 1) throw option_error("rank_tracker", "patience", "1 or more", std::to_string(o.patience));
  }

  /// The effective rank of the rows, at the given step or one after the last.
  void observe(const matrix& rows, index step) { observe(effective_rank{}(rows), step); }
  void observe(const matrix& rows) { observe(rows, next_step()); }

  /// Any rank that the caller has computed. Steps must increase.
  void observe(double rank, index step) {
    require_increasing(path_, step);
    path_.push_back({step, rank});
    const std::size_t width = std::min(path_.size(), static_cast<std::size_t>(options_.window));
    double sum = 0;
    for (std::size_t i = path_.size() - width; i < path_.size(); ++i) sum += path_[i].value;
    smooth_.push_back({step, sum / static_cast<double>(width)});
    if (smooth_.size() == 1 || smooth_.back().value > peak_.value || std::isnan(peak_.value)) {
      peak_ = smooth_.back();
      below_ = 0;
    } else {
      ++below_;
    }
  }

  /// A validation score, larger is better: where it peaks, phase 2 ends.
  void validate(double score, index step) {
    require_increasing(validation_, step);
    validation_.push_back({step, score});
  }

  /// The latest observed rank; NaN before the first.
  [[nodiscard]] double now() const { return path_.empty() ? std::nan("") : path_.back().value; }
  /// The largest (smoothed) rank so far, and its step.
  [[nodiscard]] path_point peak() const { return peak_; }
  [[nodiscard]] int phase() const { return below_ >= options_.patience ? 2 : 1; }

  [[nodiscard]] std::span<const path_point> path() const { return path_; }
  [[nodiscard]] std::span<const path_point> smoothed() const { return smooth_; }
  [[nodiscard]] std::span<const path_point> validation() const { return validation_; }
  [[nodiscard]] training_phases phases() const { return find_phases(smooth_, validation_); }

 private:
  [[nodiscard]] index next_step() const { return path_.empty() ? 0 : path_.back().step + 1; }
  static void require_increasing(std::span<const path_point> path, index step) {
    if (!path.empty() && step <= path.back().step)
      throw error(
          error_text("rank_tracker", "step", "more than " + std::to_string(path.back().step), std::to_string(step)));
  }

  options options_;
  std::vector<path_point> path_;
  std::vector<path_point> smooth_;
  std::vector<path_point> validation_;
  path_point peak_{0, std::nan("")};
  int below_ = 0;
};

}  // namespace cot::geometry
