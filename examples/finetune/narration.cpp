#include "narration.hpp"

#include <cotangent/report/format.hpp>

#include <cstdio>
#include <iostream>

namespace {

/// 12345 as "12,345".
std::string grouped(cot::index n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

}  // namespace

narrator::narrator(const finetune_settings& s)
    : out_(s.json == "-" ? &std::cerr : &std::cout), quiet_(s.common.quiet) {}

void narrator::say(const std::string& text) const {
  if (!quiet_) *out_ << text << std::flush;
}

std::string reading_of(const cot::data::training_rows& rows) {
  std::string columns = rows.columns() == 1 ? "one sentence, paired with itself by dropout" : "anchor, positive";
  if (rows.columns() > 2)
    columns += ", " + std::to_string(rows.columns() - 2) + " hard negative" + (rows.columns() > 3 ? "s" : "");
  if (!rows.scores().empty()) columns += "; its scores are not used";
  if (!rows.labels().empty()) columns += "; its labels are not used";
  std::string text;
  for (const cot::data::training_file& file : rows.files()) {
    text += file.path + ": " + grouped(file.rows) + " row" + (file.rows == 1 ? "" : "s") + ": " + columns +
            (file.header ? "; header skipped" : "; no header") + '\n';
    if (rows.columns() == 1 && (file.path.ends_with(".csv") || file.path.ends_with(".csv.gz")))
      text += file.path + ": warning: it has no tab; commas do not separate columns, and are part of its sentences\n";
  }
  return text;
}

std::string beginning_of(const finetune_settings& s, std::optional<cot::index> resumed_at) {
  if (resumed_at) return "Going on after step " + std::to_string(*resumed_at) + '\n';
  return s.resume ? s.output + " holds no checkpoint: the run begins at step 0\n" : "";
}

void milestones::tell(const cot::train::history& log) {
  for (; told_ < log.events().size(); ++told_) {
    const cot::io::json& e = log.events()[told_];
    const auto kind = e.value_or<std::string>("event", "");
    const auto step = e.value_or<cot::index>("step", 0);
    if (kind == "probe") rank_ = e.value_or("effective_rank", std::nan(""));
    if (out_ == nullptr) continue;
    if (kind == "evaluate") {
      *out_ << "step " << step << " of " << steps_ << ':';
      for (const auto& [name, scores] : e.at("sts").members())
        *out_ << "  " << name << ' ' << cot::report::fixed(100 * scores.value_or("spearman", std::nan("")), 2);
      *out_ << std::endl;
    } else if (kind == "step" && 10 * step / steps_ > 10 * (step - 1) / steps_) {
      *out_ << "step " << step << " of " << steps_ << ":  loss "
            << cot::report::general(e.value_or("loss", std::nan("")))
            << (std::isnan(rank_) ? "" : "  effective rank " + cot::report::fixed(rank_, 1)) << std::endl;
    }
  }
}

run_narration::run_narration(const finetune_settings& s, const narrator& people, const cot::train::history& log,
                             cot::index steps, std::optional<cot::index> resumed_at)
    : log_(log),
      progress_({.label = "finetune",
                 .total = static_cast<double>(steps),
                 .resumed = static_cast<double>(resumed_at.value_or(0)),
                 .quiet = s.common.quiet}),
      milestones_(s.common.quiet || cot::report::is_terminal(stderr) ? nullptr : &people.out(), steps) {
  if (resumed_at) milestones_.skip(log);
}

void run_narration::tell(cot::index step, cot::index tokens) {
  tokens_ += static_cast<double>(tokens);
  progress_.update(static_cast<double>(step), tokens_);
  milestones_.tell(log_);
}
