#pragma once
// What finetune says beside its results: how it read its files, and how far it is.

#include <cotangent/data/training_rows.hpp>
#include <cotangent/train/history.hpp>

#include <cmath>
#include <cstddef>
#include <ostream>
#include <string>

/// How the training files were read, a line each: "triples.tsv: 2,866 rows: anchor, positive, 1 hard negative; ...".
std::string reading_of(const cot::data::training_rows& rows);

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
