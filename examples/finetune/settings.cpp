#include "settings.hpp"

#include <cotangent/data/lines.hpp>
#include <cotangent/io/file_hash.hpp>
#include <cotangent/loss/catalogue.hpp>

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

}  // namespace

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
