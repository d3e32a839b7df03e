#pragma once
// softmax and log_softmax, for the registry.

#include "support/registry.hpp"

#include <cotangent/ops/softmax.hpp>

namespace cot::test {

struct softmax_case {
  static constexpr auto name = "softmax";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::softmax(at.device(), at.template put<T>(x[0], {{n, d}}), y);
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}}), dx = at.template gradient_room<T>({{n, d}});
    ops::softmax(at.device(), at.template put<T>(x[0], {{n, d}}), y);
    ops::softmax_pullback(at.device(), y, at.template put<T>(dy[0], {{n, d}}), dx, at.mode());
    return {at.take_gradient(dx), values(x[1].size(), 0.0)};
  }
};

struct log_softmax_case {
  static constexpr auto name = "log_softmax";
  static std::vector<shape<2>> inputs(index n, index d) { return softmax_case::inputs(n, d); }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::log_softmax(at.device(), at.template put<T>(x[0], {{n, d}}), y);
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}}), dx = at.template gradient_room<T>({{n, d}});
    ops::log_softmax(at.device(), at.template put<T>(x[0], {{n, d}}), y);
    ops::log_softmax_pullback(at.device(), y, at.template put<T>(dy[0], {{n, d}}), dx, at.mode());
    return {at.take_gradient(dx), values(x[1].size(), 0.0)};
  }
};

}  // namespace cot::test
