// The work of finetune for one precision and backend.

#include "finetune.hpp"
#include "narration.hpp"
#include "results.hpp"
#include "settings.hpp"
#include "support/models.hpp"
#include "support/profiled.hpp"
#include "support/signals.hpp"
#include "support/sts.hpp"

#include <cotangent/loss/any_loss.hpp>
#include <cotangent/report/progress.hpp>
#include <cotangent/train/finetune.hpp>

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

template <class B>
std::string instruction_set(const B& device) {
  if constexpr (requires { device.level(); })
    return std::string(to_string(device.level()));
  else
    return "portable";
}

/// What multiplies bfloat16: it decides last bits, and the instruction set alone does not tell it.
template <class P, class B>
std::string bf16_by(B& device) {
  if constexpr (P::name == cot::bf16::name && requires { device.fast_bf16(); })
    return device.amx() ? "amx" : device.fast_bf16() ? "avx512bf16" : "fp32";
  else
    return "";
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
    throw error(s.output + ": expected a new or an empty folder, got one with files" +
                (fs::exists(finished) ? ", a finished run; --resume leaves it alone, " : "; ") +
                "--overwrite replaces the model in it");

  auto loss = loss::make_loss<typename P::accumulate, B>(s.loss, s.loss_options);
  // Words for people: not among the JSON of --json -, and none with --quiet.
  std::ostream& words = s.json == "-" ? std::cerr : std::cout;
  const auto say = [&](const std::string& text) {
    if (!s.common.quiet) words << text << std::flush;
  };
  const auto rows =
      data::read_training_rows(s.train, s.skip_empty ? data::empty_lines::skip : data::empty_lines::refuse);
  say(reading_of(rows));
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
  const io::json settings = settings_of(s, instruction_set(device), bf16_by<P>(device));

  std::optional<train::checkpoint<typename P::parameter>> from;
  if (s.resume && !saved.empty()) {
    from = checkpoints.load<typename P::parameter>(saved.back());
    try {
      train::require_same_settings(from->settings, settings);
    } catch (const option_error& e) {
      throw error(e.what());  // the calls are right, each by itself
    }
    say("Going on after step " + std::to_string(from->step) + '\n');
  } else {
    if (s.resume) say(s.output + " holds no checkpoint: the run begins at step 0\n");
    fs::remove(finished);
    fs::remove_all(checkpoints.path());
  }
  train::history log(s.log, from ? from->events : std::vector<io::json>{});
  if (!from) {
    io::json start = io::json::of({{"event", "start"}, {"version", COTANGENT_VERSION}});
    for (const auto& [key, value] : settings.members()) start[key] = value;
    start["threads"] = s.common.threads;
    start["total_steps"] = o.steps;
    start["rows"] = rows.rows();
    log.append(std::move(start));
  }

  train::finetuner run(encoder, std::move(loss), rows, o, log);
  run.probed = make_probe(s, sets);
  run.sets = sets;
  run.checkpoints = &checkpoints;
  run.settings = settings;
  report::progress progress({.label = "finetune",
                             .total = static_cast<double>(o.steps),
                             .resumed = from ? static_cast<double>(from->step) : 0,
                             .quiet = s.common.quiet});
  milestones lines(s.common.quiet || report::is_terminal(stderr) ? nullptr : &words, o.steps);
  if (from) lines.skip(log);
  double tokens = 0;
  run.observer.progress = [&](cot::index step, cot::index, cot::index in_step) {
    tokens += static_cast<double>(in_step);
    progress.update(static_cast<double>(step), tokens);
    lines.tell(log);
  };
  run.observer.stop = &programs::stopped;
  profile spent;
  if (s.profile) run.observer.profile = &spent;
  if (from) run.resume(std::move(*from));  // its step stays
  try {
    run.run();
  } catch (const interrupted&) {
    throw interrupted("interrupted after step " + std::to_string(run.step()) + "; its state is saved in " +
                      checkpoints.path() + '/' + std::to_string(run.step()) +
                      ", and the same call with --resume goes on from it");
  }
  lines.tell(log);
  progress.clear();

  model::save_folder(encoder, loaded.pipeline, loaded.pipeline.model_folder, s.output, io::publication::merge);
  finetune_results(s, settings, o.steps, log, run.tracker());
  if (s.profile) {
    double seconds = 0;
    const auto steps = log.series("step", "seconds");
    const auto first = from ? static_cast<std::size_t>(from->step) : 0;
    for (std::size_t i = first; i < steps.size(); ++i) seconds += steps[i].second;
    programs::print_profile(words, device, spent, seconds, static_cast<cot::index>(steps.size() - first), "step");
  }
}
