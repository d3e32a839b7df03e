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
  /// What weight decay leaves of a parameter.
  [[nodiscard]] double kept_share() const { return 1 - lr * weight_decay; }
};

namespace detail {
template <class T>
[[nodiscard]] adamw_formula<T> adamw_numbers(const adamw_step& s) {
  const auto t = static_cast<double>(s.step);
  const auto cast = [](double x) { return static_cast<T>(x); };
  return {cast(s.gradient_scale),
          cast(s.kept_share()),
          cast(1 - s.beta1),
          cast(s.beta2),
          cast(1 - s.beta2),
          cast(s.lr / (1 - std::pow(s.beta1, t))),
          cast(std::sqrt(1 - std::pow(s.beta2, t))),
          cast(s.epsilon)};
}

/// The update, and its result once more.
template <class T>
struct adamw_and_copy {
  adamw_formula<T> update;
  template <class Number>
  COT_FN void operator()(Number& w, Number& g, Number& m, Number& v, Number& copy) const {
    update(w, g, m, v);
    copy = w;
  }
};
}  // namespace detail

/// Updates parameters and both moments, and zeroes the gradients; `copy`, unless empty, gets the parameters in a type
/// of its own. All [n], contiguous.  At the stream limit: 4 reads and 4 writes an element.  Formula:
/// kernel/formula/adamw.hpp.
template <class B, class T, class C = T>
void adamw(B& device, view<T, 1, B> parameters, view<T, 1, B> gradients, view<T, 1, B> first_moment,
           view<T, 1, B> second_moment, const adamw_step& s, view<C, 1, B> copy = {}) {
  const index n = parameters.extent(0);
  if (copy.data() != nullptr && copy.extent(0) != n)
    throw shape_error("adamw", "copy", std::to_string(n) + " elements", std::to_string(copy.extent(0)));
  for (const auto& other : {gradients, first_moment, second_moment})
    if (other.extent(0) != n)
      throw shape_error("adamw", "buffers", std::to_string(n) + " elements each", std::to_string(other.extent(0)));
  const auto formula = detail::adamw_numbers<T>(s);
  const profile_span span(device, work_class::optimizer,
                          2 * bytes_of(parameters, gradients, first_moment, second_moment) + bytes_of(copy));
  const auto launch = [&](const auto& f, auto... streams) {
    launch_elements(device, n, false, f, inout(parameters.data()), inout(gradients.data()), inout(first_moment.data()),
                    inout(second_moment.data()), streams...);
  };
  if (copy.data() == nullptr)
    launch(formula);
  else
    launch(detail::adamw_and_copy<T>{formula}, out(copy.data()));
}

/// The same for some rows of a table; `chosen` [m] in device memory, below `rows`.  The others: [rows, width],
/// contiguous.
template <class B, class T>
void adamw_rows(B& device, view<const std::int32_t, 1, B> chosen, view<T, 2, B> table, view<T, 2, B> gradients,
                view<T, 2, B> first_moment, view<T, 2, B> second_moment, const adamw_step& s) {
  for (const auto& other : {gradients, first_moment, second_moment})
    if (!(other.sizes() == table.sizes()))
      throw shape_error("adamw_rows", "buffers", to_string(table.sizes()), to_string(other.sizes()));
  const index width = table.extent(1);
  const profile_span span(device, work_class::optimizer, 8.0 * static_cast<double>(chosen.size() * width) * sizeof(T));
  const auto rows = [&](view<T, 2, B> v) { return row_stream<inout_stream<T>>{inout(v.data()), width}; };
  launch_chosen_rows(device, chosen.size(), chosen.data(), width, false, detail::adamw_numbers<T>(s), rows(table),
                     rows(gradients), rows(first_moment), rows(second_moment));
}

}  // namespace cot::ops
