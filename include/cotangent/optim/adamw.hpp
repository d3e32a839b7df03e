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
#include <span>
#include <vector>

namespace cot::optim {

struct adamw_options {
  double lr = 5e-5;  ///< peak; the caller's schedule multiplies it
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;  ///< not applied to biases and norm parameters
  double clip = 1.0;           ///< global gradient norm above which gradients are scaled down; 0: off
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
/// Gradients are zeroed by the step that used them. The parameters must outlive the optimizer.
template <class T, class B>
class adamw {
 public:
  explicit adamw(parameters<T, B>& p, adamw_options options = {})
      : parameters_(&p),
        options_(options),
        first_(tensor<T, 1, B>(p.device(), p.gradients().sizes())),
        second_(tensor<T, 1, B>(p.device(), p.gradients().sizes())) {
    const auto check = [](std::string_view name, double value, bool good, std::string_view expected) {
      if (!good) throw option_error("adamw", name, expected, std::to_string(value));
    };
    check("lr", options.lr, options.lr >= 0 && std::isfinite(options.lr), "a number >= 0");
    check("beta1", options.beta1, options.beta1 >= 0 && options.beta1 < 1, "a number in [0, 1)");
    check("beta2", options.beta2, options.beta2 >= 0 && options.beta2 < 1, "a number in [0, 1)");
    check("epsilon", options.epsilon, options.epsilon > 0, "a positive number");
    check("weight_decay", options.weight_decay, options.weight_decay >= 0, "a number >= 0");
    check("clip", options.clip, options.clip >= 0, "a number >= 0 (0: off)");
    ops::fill(p.device(), first_.view(), 0.0);
    ops::fill(p.device(), second_.view(), 0.0);
  }

  /// One update with rate lr * rate_factor.
  step_report step(double rate_factor = 1.0) {
    B& device = parameters_->device();
    const profile_span span(device, work_class::optimizer);
    const auto gradients = parameters_->gradients();
    step_report report;
    report.gradient_norm = std::sqrt(static_cast<double>(ops::sum_of_squares(device, view<const T, 1, B>(gradients))));
    if (!std::isfinite(report.gradient_norm)) {
      report.skipped = true;
      parameters_->zero_gradients();
      return report;
    }
    ++steps_;
    const double scale = options_.clip > 0 ? std::min(1.0, options_.clip / (report.gradient_norm + 1e-6)) : 1.0;
    for (const parameter_kind kind : {parameter_kind::decayed, parameter_kind::undecayed}) {
      const auto [first, last] = parameters_->range(kind);
      if (first == last) continue;
      ops::adamw(device, parameters_->values().rows(first, last), gradients.rows(first, last),
                 first_.view().rows(first, last), second_.view().rows(first, last),
                 ops::adamw_step{.lr = options_.lr * rate_factor,
                                 .beta1 = options_.beta1,
                                 .beta2 = options_.beta2,
                                 .epsilon = options_.epsilon,
                                 .weight_decay = kind == parameter_kind::decayed ? options_.weight_decay : 0.0,
                                 .step = steps_,
                                 .gradient_scale = scale});
    }
    parameters_->touch();
    return report;
  }

  [[nodiscard]] const adamw_options& options() const { return options_; }
  [[nodiscard]] index steps() const { return steps_; }

  /// The moments, for checkpoints.
  [[nodiscard]] tensor<T, 1, B>& first_moment() { return first_; }
  [[nodiscard]] tensor<T, 1, B>& second_moment() { return second_; }
  void restore(index steps, std::span<const T> first, std::span<const T> second) {
    first_ = tensor<T, 1, B>::from_host(parameters_->device(), first, first_.sizes());
    second_ = tensor<T, 1, B>::from_host(parameters_->device(), second, second_.sizes());
    steps_ = steps;
  }

 private:
  parameters<T, B>* parameters_;
  adamw_options options_;
  tensor<T, 1, B> first_, second_;
  index steps_ = 0;
};

}  // namespace cot::optim
