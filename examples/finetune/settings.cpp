#include "settings.hpp"

#include <cotangent/data/lines.hpp>
#include <cotangent/io/file_hash.hpp>
#include <cotangent/loss/catalogue.hpp>
#include <cotangent/report/format.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>
#include <tuple>

namespace {

using cot::io::json;

/// The options of the loss that is meant, those that were given and the defaults of the others.
json loss_options_of(const finetune_settings& s) {
  json options;
  const auto consider = [&](auto loss) {
    const auto about = loss.describe();
    if (about.name != s.loss) return;
    for (const auto& [name, value] : s.loss_options) cot::loss::set_option(loss, name, value);
    std::apply([&](const auto&... o) { ((options[std::string(o.name)] = json(loss.*(o.member))), ...); },
               about.options);
  };
  std::apply([&](const auto&... loss) { (consider(loss), ...); }, cot::loss::catalogue);
  return options;
}

/// --steps, or whole steps of --epochs.
cot::index steps_of(const finetune_settings& s, const cot::data::sampler& sampler) {
  if (s.steps) return *s.steps;
  const cot::index batches = sampler.batches_per_epoch();
  const auto steps =
      static_cast<cot::index>(s.epochs * static_cast<double>(batches) / static_cast<double>(s.accumulate));
  if (steps > 0) return steps;
  throw programs::usage_error("--epochs: expected at least one step of " + std::to_string(s.accumulate * s.batch) +
                              " rows, got " + cot::report::general(s.epochs) + " of an epoch of " +
                              std::to_string(batches * s.batch) + " rows; --steps takes a number of steps");
}

/// "9" steps, or "10%" of them, rounded up.
cot::index warmup_steps(const std::string& text, cot::index steps) {
  const bool share = text.ends_with('%');
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() - (share ? 1 : 0) || !(value >= 0) ||
      (share && value > 100) || (!share && value != std::floor(value)))
    throw programs::usage_error("--warmup: expected a number of steps, or a share as 10%, got " + text);
  return share ? static_cast<cot::index>(std::ceil(value / 100 * static_cast<double>(steps)))
               : static_cast<cot::index>(value);
}

}  // namespace

cot::train::finetune_options options_of(const finetune_settings& s, cot::index rows) {
  const cot::index steps = steps_of(s, cot::data::sampler(rows, s.batch, s.common.seed, !s.no_shuffle));
  return {.steps = steps,
          .batch = s.batch,
          .accumulate = s.accumulate,
          .shuffle = !s.no_shuffle,
          .seed = s.common.seed,
          .adamw = {.lr = s.lr, .weight_decay = s.weight_decay, .clip = s.clip, .sparse_tables = s.sparse_tables},
          .schedule = cot::optim::parse_schedule(s.schedule),
          .warmup = warmup_steps(s.warmup, steps),
          .probe_every = s.probe_every,
          .evaluate_every = s.evaluate_every,
          .checkpoint_every = s.checkpoint_every};
}

json settings_of(const finetune_settings& s, const std::string& isa, const std::string& bf16_by) {
  json files;
  for (const auto* list : {&s.train, &s.sts})
    for (const auto& file : *list) files[file] = cot::io::file_hash(file);
  if (!s.probe.empty()) files[s.probe] = cot::io::file_hash(s.probe);
  files[s.model] = cot::io::file_hash(s.model);
  return json::of({{"isa", isa},
                   {"bf16_by", bf16_by.empty() ? json() : json(bf16_by)},
                   {"backend", s.common.backend},
                   {"precision", s.common.precision},
                   {"seed", s.common.seed},
                   {"model", s.model},
                   {"train", s.train},
                   {"sts", s.sts},
                   {"probe", s.probe},
                   {"loss", s.loss},
                   {"loss_options", loss_options_of(s)},
                   {"steps", s.steps ? json(*s.steps) : json()},
                   {"epochs", s.epochs},
                   {"batch", s.batch},
                   {"accumulate", s.accumulate},
                   {"lr", s.lr},
                   {"schedule", s.schedule},
                   {"warmup", s.warmup},
                   {"weight_decay", s.weight_decay},
                   {"clip", s.clip},
                   {"sparse_tables", s.sparse_tables},
                   {"dropout", s.dropout ? json(*s.dropout) : json()},
                   {"max_tokens", s.max_tokens ? json(*s.max_tokens) : json()},
                   {"projection_head", s.projection_head},
                   {"shuffle", !s.no_shuffle},
                   {"skip_empty", s.skip_empty},
                   {"evaluate_every", s.evaluate_every},
                   {"probe_every", s.probe_every},
                   {"checkpoint_every", s.checkpoint_every},
                   {"log", s.log},
                   {"report", s.report},
                   {"files", files}});
}

json start_event(const finetune_settings& s, const json& settings, cot::index steps, cot::index rows) {
  json start = json::of({{"event", "start"}, {"version", COTANGENT_VERSION}});
  for (const auto& [key, value] : settings.members()) start[key] = value;
  start["threads"] = s.common.threads;
  start["total_steps"] = steps;
  start["rows"] = rows;
  return start;
}

cot::train::probe make_probe(const finetune_settings& s, const std::vector<cot::eval::sts_set>& sets) {
  constexpr std::size_t most = 1000;
  cot::train::probe p;
  if (!s.probe.empty()) {
    p.sentences = cot::data::lines(s.probe);
    if (p.sentences.size() > most) p.sentences.resize(most);
  } else if (!sets.empty()) {
    const auto& pairs = sets.front().pairs;
    for (std::size_t i = 0; i < std::min(most, pairs.first.size()); ++i) {
      p.sentences.push_back(pairs.first[i]);
      if (pairs.scores[i] < 4) continue;
      p.left.push_back(pairs.first[i]);
      p.right.push_back(pairs.second[i]);
    }
  }
  return p;
}
