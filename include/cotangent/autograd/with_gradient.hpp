#pragma once
// A scalar node whose gradient the caller supplies: how losses that know (or are defined by) their gradient are
// written.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/ops/scale_by.hpp>

#include <span>

namespace cot {

/// One input of a scalar, and d scalar / d input beside it, both [n, d]. An input that nobody wants may have a null
/// gradient.
template <class T, class B>
struct supplied_gradient {
  var<T, 2, B> input;
  view<const T, 2, B> gradient;
};

/// Whether a gradient of any of these is wanted, so that a loss can skip computing them.
template <class T, class B>
[[nodiscard]] bool any_wanted(std::span<const var<T, 2, B>> inputs) {
  for (const auto& v : inputs)
    if (v.wanted()) return true;
  return false;
}

/// A scalar of the given value. In backward each input's gradient is the supplied one times that of the scalar.
/// `value` and the gradients are memory of the tape; `parts` may be temporary.
template <class T, class B>
[[nodiscard]] var<T, 0, B> with_gradient(tape<B>& t, view<T, 0, B> value,
                                         std::span<const supplied_gradient<T, B>> parts) {
  bool wanted = false;
  for (const auto& part : parts) wanted = wanted || part.input.wanted();
  auto y = t.template result_in<T, 0>(value, {}, wanted);
  if (y.wanted()) {
    auto* kept = t.template host_array<supplied_gradient<T, B>>(static_cast<index>(parts.size()));
    for (std::size_t i = 0; i < parts.size(); ++i) kept[i] = parts[i];
    t.record(y, [y, kept, count = parts.size()] {
      for (const auto& part : std::span(kept, count)) {
        if (!part.input.wanted()) continue;
        const auto [into, mode] = part.input.target();
        ops::scale_by(y.on().device(), part.gradient, y.gradient(), into, mode);
      }
    });
  }
  return y;
}

}  // namespace cot
