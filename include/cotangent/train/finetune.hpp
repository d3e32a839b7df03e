#pragma once
// The loop of contrastive fine-tuning: steps, probes, evaluations, checkpoints; resumable to the bit.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/ragged.hpp>
#include <cotangent/data/batch.hpp>
#include <cotangent/data/sampler.hpp>
#include <cotangent/data/training_rows.hpp>
#include <cotangent/eval/evaluate.hpp>
#include <cotangent/geometry/rank_tracker.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/loss/any_loss.hpp>
#include <cotangent/optim/adamw.hpp>
#include <cotangent/optim/schedule.hpp>
#include <cotangent/train/checkpoint.hpp>
#include <cotangent/train/history.hpp>
#include <cotangent/train/probe.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cot::train {

struct finetune_options {
  index steps = 1;       ///< T
  index batch = 64;      ///< rows a step
  index accumulate = 1;  ///< batches a step; only for losses that do not couple the batch
  bool shuffle = true;
  std::uint32_t seed = 0;
  optim::adamw_options adamw = {};
  optim::schedule_kind schedule = optim::schedule_kind::linear;
  index warmup = 0;        ///< steps
  index probe_every = 10;  ///< 0: off, likewise below
  index evaluate_every = 0;
  index checkpoint_every = 100;
};

/// What the loop tells while it runs.
struct finetune_observer {
  std::function<void(index step, index steps, index tokens)> progress = {};
  const std::atomic<bool>* stop = nullptr;  ///< set: the state is saved, then `interrupted` is thrown
  cot::profile* profile = nullptr;          ///< charged by the steps, without probes and evaluations
};

/// One run on one model. `settings` is what must agree between a checkpoint and the run that resumes from it.
template <class Encoder>
class finetuner {
 public:
  using A = typename Encoder::A;
  using B = std::remove_reference_t<decltype(std::declval<Encoder&>().device())>;
  using loss_type = loss::any_loss<A, B>;

  finetuner(Encoder& model, loss_type loss, const data::training_rows& rows, const finetune_options& options,
            history& log)
      : model_(model),
        loss_(std::move(loss)),
        rows_(rows),
        options_(options),
        log_(log),
        adamw_(model.parameters(), options.adamw),
        sampler_(rows.rows(), options.batch, options.seed, options.shuffle) {
    if (options.steps < 1) throw option_error("finetune", "steps", "1 or more", std::to_string(options.steps));
    if (options.accumulate < 1)
      throw option_error("finetune", "accumulate", "1 or more", std::to_string(options.accumulate));
    if (options.accumulate > 1 && loss_.couples_batch)
      throw option_error("finetune", "accumulate",
                         "1: with " + loss_.name +
                             " the rows of a batch are each other's negatives, so that several small batches are "
                             "another loss than one large batch. Use a larger batch",
                         std::to_string(options.accumulate));
    if (rows.columns() > 2 && !loss_.takes.negatives)
      throw option_error("finetune", "training columns", "at most 2, since " + loss_.name + " takes no negatives",
                         std::to_string(rows.columns()));
  }

  /// Held-out sentences to measure, and STS sets to score, before, during and after.
  probe probed;
  std::span<const eval::sts_set> sets;
  finetune_observer observer;
  const checkpoint_folder* checkpoints = nullptr;
  io::json settings;

  /// Continues a run from a checkpoint; `log` was made with the checkpoint's events.
  void resume(checkpoint<A> from) {
    upload(model_.device(), model_.parameters().values().data(), from.values.data(), from.values.size() * sizeof(A));
    model_.parameters().touch();
    adamw_.restore(from.optimizer_steps, from.first_moment, from.second_moment);
    step_ = from.step;
    resumed_ = true;
    for (const io::json& e : log_.events()) {
      if (e.get<std::string>("event") == "probe")
        tracker_.observe(e.get<double>("effective_rank"), e.get<index>("step"));
    }
  }

  /// Runs to the last step.
  void run() {
    if (!resumed_) {
      evaluate();
      if (options_.probe_every > 0) observe();
    }
    const optim::schedule rate{options_.schedule, options_.warmup, options_.steps};
    auto since = std::chrono::steady_clock::now();
    while (step_ < options_.steps) {
      if (observer.stop && observer.stop->load()) {
        save();
        throw interrupted("finetune: interrupted after step " + std::to_string(step_));
      }
      const double factor = rate.factor(step_);
      charge(observer.profile);
      const auto [value, tokens] = gradients();
      const optim::step_report report = adamw_.step(factor);
      charge(nullptr);
      ++step_;
      const auto now = std::chrono::steady_clock::now();
      io::json event = io::json::of({{"event", "step"},
                                     {"step", step_},
                                     {"loss", value},
                                     {"lr", options_.adamw.lr * factor},
                                     {"grad_norm", report.gradient_norm},
                                     {"tokens", tokens},
                                     {"seconds", std::chrono::duration<double>(now - since).count()}});
      if (report.skipped) event["skipped"] = true;
      log_.append(std::move(event));
      if (observer.progress) observer.progress(step_, options_.steps, tokens);
      const bool last = step_ == options_.steps;
      if (options_.probe_every > 0 && (step_ % options_.probe_every == 0 || last)) observe();
      if (last || (options_.evaluate_every > 0 && step_ % options_.evaluate_every == 0)) evaluate();
      if (!last && options_.checkpoint_every > 0 && step_ % options_.checkpoint_every == 0) save();
      since = std::chrono::steady_clock::now();
    }
    finish_phases();
  }

  [[nodiscard]] index step() const { return step_; }
  [[nodiscard]] const geometry::rank_tracker& tracker() const { return tracker_; }

 private:
  /// One step's forward and backward passes: the mean loss and the number of tokens.
  std::pair<double, index> gradients() {
    double sum = 0;
    index tokens = 0;
    for (index part = 0; part < options_.accumulate; ++part) {
      const index number = step_ * options_.accumulate + part;
      const data::batch batch = make_batch(number);
      tape t(model_.device());
      const auto [anchors, positives, negatives] =
          model_(t, batch, {.on = true, .seed = options_.seed, .step = static_cast<std::uint32_t>(number)});
      const auto loss = loss_(anchors, positives, negatives);
      t.backward(loss, 1.0 / static_cast<double>(options_.accumulate));
      A value{};
      download(model_.device(), &value, loss.value().data(), sizeof value);
      sum += static_cast<double>(value);
      tokens += batch.ids.size();
    }
    return {sum / static_cast<double>(options_.accumulate), tokens};
  }

  void charge(cot::profile* to) {
    if constexpr (requires { model_.device().profiled_by(to); }) model_.device().profiled_by(to);
  }

  [[nodiscard]] data::batch make_batch(index number) {
    const profile_span span(model_.device(), work_class::data);
    return data::make_batch(model_.tokenizer(), rows_, sampler_.batch(number), model_.config().max_tokens, 2,
                            [this](index tasks, const auto& f) { parallel_for(model_.device(), tasks, f); });
  }

  void observe() {
    if (probed.empty()) return;
    const probe_metrics m = measure(model_, probed);
    io::json event = io::json::of({{"event", "probe"}, {"step", step_}});
    for (const auto& [name, value] : m.named())
      if (std::isfinite(value)) event[name] = value;
    log_.append(std::move(event));
    const int before = tracker_.phase();
    tracker_.observe(m.effective_rank, step_);
    if (tracker_.phase() != before)
      log_.append(
          io::json::of({{"event", "phase"}, {"step", step_}, {"phase", tracker_.phase()}, {"provisional", true}}));
  }

  void evaluate() {
    if (sets.empty()) return;
    io::json scores;
    double sum = 0;
    for (const eval::sts_set& set : sets) {
      const eval::sts_result r = eval::sts(model_, set.pairs);
      scores[set.name] = eval::to_json(r);
      sum += r.spearman;
    }
    const double mean = sum / static_cast<double>(sets.size());
    log_.append(io::json::of({{"event", "evaluate"}, {"step", step_}, {"sts", scores}, {"mean", mean}}));
  }

  /// The two phases, known now that the whole path is.
  void finish_phases() {
    if (tracker_.path().empty()) return;
    const geometry::training_phases phases = tracker_.phases();
    log_.append(io::json::of({{"event", "phase"}, {"step", phases.first}, {"phase", 1}}));
    if (phases.best > phases.peak) log_.append(io::json::of({{"event", "phase"}, {"step", phases.peak}, {"phase", 2}}));
  }

  void save() {
    if (checkpoints == nullptr) return;
    using numbers = std::conditional_t<B::host_memory, std::span<const A>, std::vector<A>>;
    checkpoints->save(checkpoint_of<numbers>{.step = step_,
                                             .optimizer_steps = adamw_.steps(),
                                             .settings = settings,
                                             .events = log_.events(),
                                             .values = on_host<numbers>(model_.parameters().values()),
                                             .first_moment = on_host<numbers>(adamw_.first_moment().view()),
                                             .second_moment = on_host<numbers>(adamw_.second_moment().view())});
  }

  /// Where it lies, or a copy where the host cannot read it.
  template <class Numbers>
  [[nodiscard]] Numbers on_host(view<A, 1, B> flat) const {
    if constexpr (B::host_memory) {
      return {flat.data(), static_cast<std::size_t>(flat.size())};
    } else {
      Numbers copy(static_cast<std::size_t>(flat.size()));
      download(model_.device(), copy.data(), flat.data(), copy.size() * sizeof(A));
      return copy;
    }
  }

  Encoder& model_;
  loss_type loss_;
  const data::training_rows& rows_;
  finetune_options options_;
  history& log_;
  optim::adamw<A, B> adamw_;
  data::sampler sampler_;
  geometry::rank_tracker tracker_;
  index step_ = 0;
  bool resumed_ = false;  // what is measured before the first step is in the log
};

}  // namespace cot::train
