#pragma once
// What finetune says beside its results: how it read its files, and how far it is.

#include "finetune.hpp"

#include <cotangent/data/training_rows.hpp>
#include <cotangent/report/progress.hpp>
#include <cotangent/train/history.hpp>

#include <cmath>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>

/// Words for people: not among the JSON of --json -.
class narrator {
 public:
  explicit narrator(const finetune_settings& s);

  [[nodiscard]] std::ostream& out() const { return *out_; }
  /// Nothing with --quiet.
  void say(const std::string& text) const;

 private:
  std::ostream* out_;
  bool quiet_;
};

/// How the training files were read, a line each: "triples.tsv: 2,866 rows: anchor, positive, 1 hard negative; ...".
std::string reading_of(const cot::data::training_rows& rows);

/// With --resume, where the run goes on, or that it begins; else nothing.
std::string beginning_of(const finetune_settings& s, std::optional<cot::index> resumed_at);

/// Lines for a run that nobody watches on a terminal: every evaluation, and every tenth of the run its loss and rank.
class milestones {
 public:
  /// Null: none.
  milestones(std::ostream* out, cot::index steps) : out_(out), steps_(steps) {}

  /// Tells what `log` has gained since the last call.
  void tell(const cot::train::history& log);
  /// Leaves out what the log holds already.
  void skip(const cot::train::history& log) { told_ = log.events().size(); }

 private:
  std::ostream* out_;
  cot::index steps_;
  std::size_t told_ = 0;
  double rank_ = std::nan("");
};

/// How far a run is: a line that redraws itself on a terminal, milestones elsewhere.
class run_narration {
 public:
  run_narration(const finetune_settings& s, const narrator& people, const cot::train::history& log, cot::index steps,
                std::optional<cot::index> resumed_at);

  /// A step is done, with so many tokens.
  void tell(cot::index step, cot::index tokens);
  /// The run is done.
  void tell_rest() { milestones_.tell(log_); }

 private:
  const cot::train::history& log_;
  cot::report::progress progress_;
  milestones milestones_;
  double tokens_ = 0;
};
