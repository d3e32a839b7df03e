#pragma once
// AdamW over the flat buffers of a model, with clipping by global norm.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/ops/adamw.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/sum_of_squares.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace cot::optim {

struct adamw_options {
  double lr = 5e-5;  ///< peak; the caller's schedule multiplies it
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;  ///< not applied to biases and norm parameters
  double clip = 1.0;           ///< global gradient norm above which gradients are scaled down; 0: off
  bool sparse_tables =
      false;  ///< rows of embedding tables change only in steps that reach them (torch.optim.SparseAdam)
};

/// What a step did.
struct step_report {
  double gradient_norm = 0;  ///< before clipping
  bool skipped = false;      ///< the norm was not finite: nothing was changed
};

/// Decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), equal to torch.optim.AdamW:
///   w -= lr wd w;   m = b1 m + (1 - b1) g;   v = b2 v + (1 - b2) g^2
///   w -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
/// after clipping as torch.nn.utils.clip_grad_norm_ does it: g *= min(1, clip / (norm + 1e-6)).
/// Gradients are zeroed by the step that used them. Tables have the bits of the dense update, at the cost of the rows
/// that training has reached so far. The parameters must outlive the optimizer.
template <class T, class B>
class adamw {
 public:
  explicit adamw(parameters<T, B>& p, adamw_options options = {})
      : parameters_(&p), options_(options), first_(p.moment()), second_(p.moment()) {
    const auto check = [](std::string_view name, double value, bool good, std::string_view expected) {
      if (!good) throw option_error("adamw", name, expected, std::to_string(value));
    };
    check("lr", options.lr, options.lr >= 0 && std::isfinite(options.lr), "a number >= 0");
    check("beta1", options.beta1, options.beta1 >= 0 && options.beta1 < 1, "a number in [0, 1)");
    check("beta2", options.beta2, options.beta2 >= 0 && options.beta2 < 1, "a number in [0, 1)");
    check("epsilon", options.epsilon, options.epsilon > 0, "a positive number");
    check("weight_decay", options.weight_decay, options.weight_decay >= 0, "a number >= 0");
    check("clip", options.clip, options.clip >= 0, "a number >= 0 (0: off)");
  }

  /// One update with rate lr * rate_factor.
  step_report step(double rate_factor = 1.0) {
    B& device = parameters_->device();
    const profile_span span(device, work_class::optimizer);
    const auto gradients = parameters_->gradients();
    step_report report;
    list_chunks_with_gradients();
    report.gradient_norm =
        std::sqrt(ops::sum_of_squares(device, view<const T, 1, B>(gradients), std::span<const std::int32_t>(chunks_)));
    if (!std::isfinite(report.gradient_norm)) {
      report.skipped = true;
      parameters_->zero_gradients();
      return report;
    }
    ++steps_;
    const double scale = options_.clip > 0 ? std::min(1.0, options_.clip / (report.gradient_norm + 1e-6)) : 1.0;
    ops::adamw_step numbers{.lr = options_.lr * rate_factor,
                            .beta1 = options_.beta1,
                            .beta2 = options_.beta2,
                            .epsilon = options_.epsilon,
                            .weight_decay = options_.weight_decay,
                            .step = steps_,
                            .gradient_scale = scale};
    for (std::size_t number = 0; number < parameters_->tables().size(); ++number) update_table(number, numbers);
    if (!options_.sparse_tables) parameters_->tables().owe(static_cast<T>(numbers.kept_share()));
    for (const parameter_kind kind : {parameter_kind::decayed, parameter_kind::undecayed}) {
      if (kind == parameter_kind::undecayed) numbers.weight_decay = 0;
      const auto part = [&](view<T, 1, B> flat) { return parameters_->of_kind(flat, kind); };
      const auto update = [&](auto... copy) {
        ops::adamw(device, part(parameters_->unsettled_values()), part(gradients), part(first_), part(second_), numbers,
                   copy...);
      };
      if constexpr (std::same_as<T, float>)
        update(parameters_->narrowed_to_update(kind));
      else
        update();
    }
    parameters_->tables().end_step();
    parameters_->touch_with_narrowed();
    return report;
  }

  [[nodiscard]] const adamw_options& options() const { return options_; }
  [[nodiscard]] index steps() const { return steps_; }

  /// The moments, for checkpoints.
  [[nodiscard]] tensor<T, 1, B>& first_moment() { return first_; }
  [[nodiscard]] tensor<T, 1, B>& second_moment() { return second_; }
  void restore(index steps, std::span<const T> first, std::span<const T> second) {
    first_ = parameters_->moment();
    second_ = parameters_->moment();
    auto& tables = parameters_->tables();
    for (const auto& [moment, values] : {std::pair(first_.view(), first), std::pair(second_.view(), second)}) {
      if (static_cast<index>(values.size()) != moment.size())
        throw shape_error("adamw::restore", "moments", std::to_string(moment.size()), std::to_string(values.size()));
      const auto copy = [&, &to = moment, &from = values](index begin, index end) {
        upload(parameters_->device(), to.data() + begin, from.data() + begin,
               static_cast<std::size_t>(end - begin) * sizeof(T));
      };
      copy(parameters_->range(parameter_kind::table).second, moment.size());
      for (std::size_t number = 0; number < tables.size(); ++number) {
        // Rows that had been reached are those with a moment that is not 0.
        const auto rows = tables.part_of(moment, number);
        const index begin = rows.data() - moment.data(), width = rows.extent(1);
        std::vector<std::int32_t> reached;
        for (std::int32_t row = 0; row < static_cast<std::int32_t>(rows.extent(0)); ++row) {
          const index at = begin + row * width;
          if (std::all_of(values.begin() + at, values.begin() + at + width, [](T x) { return x == T(0); })) continue;
          copy(at, at + width);
          reached.push_back(row);
        }
        tables.reach(number, reached);
      }
    }
    tables.end_step();
    steps_ = steps;
  }

 private:
  /// Those of sum_of_squares in which a gradient can be other than 0.
  void list_chunks_with_gradients() {
    constexpr index chunk = ops::sum_of_squares_chunk;
    const index size = parameters_->gradients().size(), chunks = (size + chunk - 1) / chunk;
    wanted_.assign(static_cast<std::size_t>(chunks), 0);
    const auto want = [&](index first, index last) {
      for (index c = first / chunk; c * chunk < last; ++c) wanted_[static_cast<std::size_t>(c)] = 1;
    };
    want(parameters_->range(parameter_kind::table).second, size);
    const auto& tables = parameters_->tables();
    for (std::size_t number = 0; number < tables.size(); ++number) {
      const auto rows = tables.part_of(parameters_->gradients(), number);
      const index begin = rows.data() - parameters_->gradients().data(), width = rows.extent(1);
      for (const std::int32_t row : tables.rows(number).fresh()) want(begin + row * width, begin + (row + 1) * width);
    }
    chunks_.clear();
    for (std::size_t c = 0; c < wanted_.size(); ++c)
      if (wanted_[c] != 0) chunks_.push_back(static_cast<std::int32_t>(c));
  }

  void update_table(std::size_t number, const ops::adamw_step& numbers) {
    const table_rows& rows = parameters_->tables().rows(number);
    const std::span<const std::int32_t> chosen = options_.sparse_tables ? rows.fresh() : rows.reached();
    if (chosen.empty()) return;
    B& device = parameters_->device();
    const auto memory_at = device.memory().position();
    auto* list = device.memory().template take_array<std::int32_t>(chosen.size());
    upload(device, list, chosen.data(), chosen.size_bytes());
    const auto part = [&](view<T, 1, B> flat) { return parameters_->tables().part_of(flat, number); };
    ops::adamw_rows(device, view<const std::int32_t, 1, B>(list, {{static_cast<index>(chosen.size())}}),
                    part(parameters_->unsettled_values()), part(parameters_->gradients()), part(first_), part(second_),
                    numbers);
    device.memory().rewind(memory_at);
  }

  parameters<T, B>* parameters_;
  adamw_options options_;
  tensor<T, 1, B> first_, second_;
  std::vector<std::uint8_t> wanted_;  // chunks of the gradients, and the list of those that are wanted
  std::vector<std::int32_t> chunks_;
  index steps_ = 0;
};

}  // namespace cot::optim
