#pragma once
// One AdamW update of a flat buffer, in one pass over memory.

#include <cotangent/core/error.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/formula/adamw.hpp>
#include <cotangent/kernel/rows.hpp>

#include <cmath>
#include <string>

namespace cot::ops {

/// The numbers of one step; `step` counts from 1.
struct adamw_step {
  double lr = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  index step = 1;
  double gradient_scale = 1;
};

/// Updates parameters and both moments, and zeroes the gradients. All [n], contiguous.  At the stream limit: 4 reads
/// and 4 writes an element.  Formula: kernel/formula/adamw.hpp.
template <class B, class T>
void adamw(B& device, view<T, 1, B> parameters, view<T, 1, B> gradients, view<T, 1, B> first_moment,
           view<T, 1, B> second_moment, const adamw_step& s) {
  const index n = parameters.extent(0);
  for (const auto& other : {gradients, first_moment, second_moment})
    if (other.extent(0) != n)
      throw shape_error("adamw", "buffers", std::to_string(n) + " elements each", std::to_string(other.extent(0)));
  const auto t = static_cast<double>(s.step);
  const auto cast = [](double x) { return static_cast<T>(x); };
  const adamw_formula<T> formula{cast(s.gradient_scale),
                                 cast(1 - s.lr * s.weight_decay),
                                 cast(1 - s.beta1),
                                 cast(s.beta2),
                                 cast(1 - s.beta2),
                                 cast(s.lr / (1 - std::pow(s.beta1, t))),
                                 cast(std::sqrt(1 - std::pow(s.beta2, t))),
                                 cast(s.epsilon)};
  const profile_span span(device, work_class::optimizer,
                          2 * bytes_of(parameters, gradients, first_moment, second_moment));
  launch_elements(device, n, false, formula, inout(parameters.data()), inout(gradients.data()),
                  inout(first_moment.data()), inout(second_moment.data()));
}

}  // namespace cot::ops
