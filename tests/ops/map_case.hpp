#pragma once
// Formulas through ops::map and ops::map_pullback, for the registry.

#include "support/registry.hpp"

#include <cotangent/kernel/formula/pointwise.hpp>
#include <cotangent/ops/map.hpp>

namespace cot::test {

/// A formula of one number; Positive: of a positive one.
template <class Formula>
struct map_case {
  static constexpr auto name = "map";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::map(at.device(), Formula{}, y, at.template put<T>(x[0], {{n, d}}));
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto dx = at.template gradient_room<T>({{n, d}});
    ops::map_pullback(at.device(), Formula{}, view<const T, 2, B>(at.template put<T>(dy[0], {{n, d}})),
                      ops::with_respect_to<T, 2, B>{at.template put<T>(x[0], {{n, d}}), dx, at.mode()});
    return {at.take_gradient(dx), values(x[1].size(), 0.0)};
  }
};
template <class Formula>
struct positive_map_case : map_case<Formula> {
  static constexpr bool positive = true;
};

/// A formula of two numbers.
template <class Formula>
struct map_two_case {
  static constexpr auto name = "map of two";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[2].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::map(at.device(), Formula{}, y, at.template put<T>(x[0], {{n, d}}), at.template put<T>(x[1], {{n, d}}));
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[2].size()), n = static_cast<index>(x[0].size()) / d;
    const auto da = at.template gradient_room<T>({{n, d}}), db = at.template gradient_room<T>({{n, d}});
    ops::map_pullback(at.device(), Formula{}, view<const T, 2, B>(at.template put<T>(dy[0], {{n, d}})),
                      ops::with_respect_to<T, 2, B>{at.template put<T>(x[0], {{n, d}}), da, at.mode()},
                      ops::with_respect_to<T, 2, B>{at.template put<T>(x[1], {{n, d}}), db, at.mode()});
    return {at.take_gradient(da), at.take_gradient(db), values(x[2].size(), 0.0)};
  }
};

}  // namespace cot::test
