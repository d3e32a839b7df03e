#pragma once
// Learning-rate schedules, as transformers defines them.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>

namespace cot::optim {

enum class schedule_kind { linear, cosine, constant };

[[nodiscard]] inline schedule_kind parse_schedule(std::string_view name) {
  if (name == "linear") return schedule_kind::linear;
  if (name == "cosine") return schedule_kind::cosine;
  if (name == "constant") return schedule_kind::constant;
  throw option_error("schedule", "name", "linear, cosine or constant", name);
}

/// The factor of the peak rate at step s (from 0) of T with w warm-up steps:
///   s < w:     s / w                            (so 0 at the very first step)
///   linear:    (T - s) / (T - w)
///   cosine:    (1 + cos(pi (s - w) / (T - w))) / 2
///   constant:  1
/// huggingface/transformers, optimization.py: get_{linear,cosine,constant}_schedule_with_warmup.
struct schedule {
  schedule_kind kind = schedule_kind::linear;
  index warmup = 0;
  index steps = 1;

  [[nodiscard]] double factor(index step) const {
    const auto s = static_cast<double>(step), w = static_cast<double>(warmup), total = static_cast<double>(steps);
    if (step < warmup) return s / std::max(1.0, w);
    switch (kind) {
      case schedule_kind::linear: return std::max(0.0, (total - s) / std::max(1.0, total - w));
      case schedule_kind::cosine:
        return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * (s - w) / std::max(1.0, total - w))));
      case schedule_kind::constant: break;
    }
    return 1.0;
  }
};

}  // namespace cot::optim
