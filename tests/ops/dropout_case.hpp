#pragma once
// dropout, for the registry.

#include "support/registry.hpp"

#include <cotangent/ops/dropout.hpp>

namespace cot::test {

/// Masks of a quarter of the elements; three tokens a sentence.
template <class B>
[[nodiscard]] dropout_rows dropout_of(bench<B>& at, index n, double p = 0.25) {
  values sentence, position;
  for (index i = 0; i < n; ++i) {
    sentence.push_back(static_cast<double>(i / 3));
    position.push_back(static_cast<double>(i % 3));
  }
  return {{1, 2, 3}, p, at.put_integers(sentence).data(), at.put_integers(position).data()};
}

struct dropout_case {
  static constexpr auto name = "dropout";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::dropout(at.device(), at.template put<T>(x[0], {{n, d}}), dropout_of(at, n), y);
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto dx = at.template gradient_room<T>({{n, d}});
    ops::dropout(at.device(), at.template put<T>(dy[0], {{n, d}}), dropout_of(at, n), dx, at.mode());
    return {at.take_gradient(dx), values(x[1].size(), 0.0)};
  }
};

}  // namespace cot::test
