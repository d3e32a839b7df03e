// The work of finetune for one precision and backend.

#include "finetune.hpp"
#include "narration.hpp"
#include "output.hpp"
#include "results.hpp"
#include "settings.hpp"
#include "support/models.hpp"
#include "support/profiled.hpp"
#include "support/signals.hpp"
#include "support/sts.hpp"

#include <cotangent/loss/any_loss.hpp>
#include <cotangent/train/finetune.hpp>

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

/// Rows of one column are paired with themselves.
template <class Transformer>
void require_two_views(const cot::data::training_rows& rows, const Transformer& config) {
  if (rows.columns() == 1 && config.hidden_dropout == 0 && config.attention_dropout == 0)
    throw programs::usage_error(
        "one column of sentences makes pairs by dropout, but every dropout is 0: both views would be the same");
}

/// What --resume goes on from; empty where the run begins.
template <class P>
std::optional<cot::train::checkpoint<typename P::parameter>> newest_checkpoint(
    const finetune_settings& s, const cot::train::checkpoint_folder& checkpoints, const cot::io::json& settings) {
  const std::vector<cot::index> steps = checkpoints.steps();
  if (!s.resume || steps.empty()) return {};
  auto newest = checkpoints.load<typename P::parameter>(steps.back());
  try {
    cot::train::require_same_settings(newest.settings, settings);
  } catch (const cot::option_error& e) {
    throw cot::error(e.what());  // the calls are right, each by itself
  }
  return newest;
}

/// To its last step; an interruption says where the state is.
template <class Run>
void run_to_the_end(Run& run, run_narration narration) {
  run.observer.progress = [&](cot::index step, cot::index, cot::index tokens) { narration.tell(step, tokens); };
  try {
    run.run();
  } catch (const cot::interrupted&) {
    const std::string step = std::to_string(run.step());
    throw cot::interrupted("interrupted after step " + step + "; its state is saved in " + run.checkpoints->path() +
                           '/' + step + ", and the same call with --resume goes on from it");
  }
  narration.tell_rest();
}

/// What the steps from `first` on spent their time on.
template <class B>
void print_profile(std::ostream& out, B& device, const cot::profile& spent, const cot::train::history& log,
                   cot::index first) {
  double seconds = 0;
  cot::index steps = 0;
  for (const auto& [step, taken] : log.series("step", "seconds")) {
    if (step <= static_cast<double>(first)) continue;
    seconds += taken;
    ++steps;
  }
  programs::print_profile(out, device, spent, seconds, steps, "step");
}

}  // namespace

template <class P, class B>
void finetune(B& device, const finetune_settings& s) {
  namespace train = cot::train;
  const output_folder output(s.output);
  if (s.resume && output.finished()) {
    std::cout << "This run is finished: " << s.output << '\n';
    return;
  }
  if (!s.resume && !s.overwrite) output.require_new();
  const narrator people(s);

  auto loss = cot::loss::make_loss<typename P::accumulate, B>(s.loss, s.loss_options);
  const auto rows = cot::data::read_training_rows(
      s.train, s.skip_empty ? cot::data::empty_lines::skip : cot::data::empty_lines::refuse);
  people.say(reading_of(rows));
  const auto sets = programs::read_sts_sets(s.sts);
  auto [encoder, pipeline] = cot::model::load_folder<P>(
      device, s.model,
      {.max_tokens = s.max_tokens, .dropout = s.dropout, .projection_head = s.projection_head, .seed = s.common.seed});
  require_two_views(rows, encoder.transformer().config());
  const train::finetune_options options = options_of(s, rows.rows());
  const cot::io::json settings = settings_of(s, instruction_set(device), bf16_by<P>(device));

  auto from = newest_checkpoint<P>(s, output.checkpoints(), settings);
  const auto resumed_at = from ? std::optional(from->step) : std::nullopt;
  people.say(beginning_of(s, resumed_at));
  if (!from) output.forget_run();
  train::history log(s.log, from ? from->events : std::vector<cot::io::json>{});
  if (!from) log.append(start_event(s, settings, options.steps, rows.rows()));

  train::finetuner run(encoder, std::move(loss), rows, options, log);
  run.probed = make_probe(s, sets);
  run.sets = sets;
  run.checkpoints = &output.checkpoints();
  run.settings = settings;
  run.observer.stop = &programs::stopped;
  cot::profile spent;
  if (s.profile) run.observer.profile = &spent;
  if (from) run.resume(std::move(*from));
  run_to_the_end(run, run_narration(s, people, log, options.steps, resumed_at));

  cot::model::save_folder(encoder, pipeline, pipeline.model_folder, s.output, cot::io::publication::merge);
  finetune_results(s, settings, options.steps, log, run.tracker());
  if (s.profile) print_profile(people.out(), device, spent, log, resumed_at.value_or(0));
}
