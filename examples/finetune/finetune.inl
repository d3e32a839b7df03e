// The work of finetune for one precision and backend.

#include "finetune.hpp"
#include "support/models.hpp"
#include "support/profiled.hpp"
#include "support/signals.hpp"
#include "support/sts.hpp"

#include <cotangent/data/lines.hpp>
#include <cotangent/io/file_hash.hpp>
#include <cotangent/loss/any_loss.hpp>
#include <cotangent/report/progress.hpp>
#include <cotangent/train/finetune.hpp>
#include <cotangent/train/run_report.hpp>

#include <cmath>
#include <filesystem>
#include <iostream>

namespace {

using cot::io::json;

template <class B>
std::string instruction_set(const B& device) {
  if constexpr (requires { device.level(); })
    return std::string(to_string(device.level()));
  else
    return "portable";
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

/// Everything but threads and quiet: a run may be resumed only with the same. Files count by their contents.
json settings_of(const finetune_settings& s, const std::string& isa) {
  json options, files;
  for (const auto& [key, value] : s.loss_options) options[key] = value;
  for (const auto* list : {&s.train, &s.sts})
    for (const auto& file : *list) files[file] = cot::io::file_hash(file);
  if (!s.probe.empty()) files[s.probe] = cot::io::file_hash(s.probe);
  files[s.model] = cot::io::file_hash(s.model);
  return json::of({{"isa", isa},
                   {"backend", s.common.backend},
                   {"precision", s.common.precision},
                   {"seed", s.common.seed},
                   {"model", s.model},
                   {"train", s.train},
                   {"sts", s.sts},
                   {"probe", s.probe},
                   {"loss", s.loss},
                   {"loss_options", options},
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

/// The sentences of --probe, else the first 1,000 rows of the first STS set; alignment over its pairs that score 4 or
/// more.
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

}  // namespace

template <class P, class B>
void finetune(B& device, const finetune_settings& s) {
  using namespace cot;
  namespace fs = std::filesystem;
  const std::string finished = s.output + "/run.json";
  const train::checkpoint_folder checkpoints(s.output + "/checkpoints");
  const std::vector<cot::index> saved = checkpoints.steps();
  if (s.resume && fs::exists(finished)) {
    std::cout << "This run is finished: " << s.output << '\n';
    return;
  }
  if (!s.resume && !s.overwrite && !saved.empty())
    throw error(s.output + ": a run has left checkpoints here: --resume goes on with it, --overwrite begins anew");
  if (!s.resume && !s.overwrite && fs::exists(s.output) && !fs::is_empty(s.output))
    throw error(s.output +
                ": expected a new or an empty folder, got one with files; --overwrite replaces the model in it");

  const auto rows =
      data::read_training_rows(s.train, s.skip_empty ? data::empty_lines::skip : data::empty_lines::refuse);
  const auto sets = programs::read_sts_sets(s.sts);
  auto loaded = model::load_folder<P>(
      device, s.model,
      {.max_tokens = s.max_tokens, .dropout = s.dropout, .projection_head = s.projection_head, .seed = s.common.seed});
  auto& encoder = loaded.encoder;
  const auto& transformer = encoder.transformer().config();
  if (rows.columns() == 1 && transformer.hidden_dropout == 0 && transformer.attention_dropout == 0)
    throw programs::usage_error(
        "one column of sentences makes pairs by dropout, but every dropout is 0: both views would be the same");

  train::finetune_options o;
  const data::sampler sampler(rows.rows(), s.batch, s.common.seed, !s.no_shuffle);
  o.steps = s.steps ? *s.steps
                    : static_cast<cot::index>(s.epochs * static_cast<double>(sampler.batches_per_epoch()) /
                                              static_cast<double>(s.accumulate));
  o.batch = s.batch;
  o.accumulate = s.accumulate;
  o.shuffle = !s.no_shuffle;
  o.seed = s.common.seed;
  o.adamw = {.lr = s.lr, .weight_decay = s.weight_decay, .clip = s.clip};
  o.schedule = optim::parse_schedule(s.schedule);
  o.warmup = warmup_steps(s.warmup, o.steps);
  o.probe_every = s.probe_every;
  o.evaluate_every = s.evaluate_every;
  o.checkpoint_every = s.checkpoint_every;
  const json settings = settings_of(s, instruction_set(device));

  std::optional<train::checkpoint<typename P::parameter>> from;
  if (s.resume && !saved.empty()) {
    from = checkpoints.load<typename P::parameter>(saved.back());
    train::require_same_settings(from->settings, settings);
  } else {
    fs::remove(finished);
    fs::remove_all(checkpoints.path());
  }
  train::history log(s.log, from ? from->events : std::vector<json>{});
  if (!from) {
    json start = json::of({{"event", "start"}, {"version", COTANGENT_VERSION}});
    for (const auto& [key, value] : settings.members()) start[key] = value;
    start["threads"] = s.common.threads;
    start["total_steps"] = o.steps;
    start["rows"] = rows.rows();
    log.append(std::move(start));
  }

  train::finetuner run(encoder, loss::make_loss<typename P::accumulate, B>(s.loss, s.loss_options), rows, o, log);
  run.probed = make_probe(s, sets);
  run.sets = sets;
  run.checkpoints = &checkpoints;
  run.settings = settings;
  report::progress progress({.label = "finetune",
                             .total = static_cast<double>(o.steps),
                             .resumed = from ? static_cast<double>(from->step) : 0,
                             .quiet = s.common.quiet});
  double tokens = 0;
  run.observer.progress = [&](cot::index step, cot::index, cot::index in_step) {
    tokens += static_cast<double>(in_step);
    progress.update(static_cast<double>(step), tokens);
  };
  run.observer.stop = &programs::stopped;
  profile spent;
  if (s.profile) run.observer.profile = &spent;
  if (from) run.resume(*from);
  run.run();
  progress.clear();

  model::save_folder(encoder, loaded.pipeline, loaded.pipeline.model_folder, s.output, io::publication::merge);
  const auto changes = train::score_changes(log);
  json summary = json::of({{"finished", true}, {"steps", o.steps}, {"settings", settings}});
  for (const auto& c : changes) summary["sts"][c.name] = json::of({{"before", c.before}, {"after", c.after}});
  if (!s.report.empty())
    train::run_report("Fine-tuning of " + fs::path(s.model).lexically_normal().filename().string(),
                      std::to_string(o.steps) + " steps of " + s.loss + ", batch " + std::to_string(s.batch), log,
                      run.tracker())
        .write(s.report);
  io::write_file(finished, io::json_text(summary, {.null_for_nan = true}) + "\n");
  if (s.json == "-") {
    std::cout << io::json_text(summary, {.null_for_nan = true}) << '\n';
    return;
  }
  if (!s.json.empty()) io::write_file(s.json, io::json_text(summary, {.null_for_nan = true}) + "\n");
  if (!changes.empty()) std::cout << report::to_text(train::change_table(changes)) << '\n';
  if (const auto rank = log.series("probe", "effective_rank"); rank.size() > 1)
    std::cout << "Effective rank " << report::fixed(rank.front().second, 1) << " -> "
              << report::fixed(rank.back().second, 1) << ", peak " << report::fixed(run.tracker().peak().value, 1)
              << " at step " << run.tracker().peak().step << '\n';
  std::cout << "Model in " << s.output << '\n';
  if (s.profile) {
    double seconds = 0;
    const auto steps = log.series("step", "seconds");
    const auto first = from ? static_cast<std::size_t>(from->step) : 0;
    for (std::size_t i = first; i < steps.size(); ++i) seconds += steps[i].second;
    programs::print_profile(device, spent, seconds, static_cast<cot::index>(steps.size() - first), "step");
  }
}
