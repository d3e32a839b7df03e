#pragma once
// rms_norm, for the registry.

#include "support/registry.hpp"

#include <cotangent/ops/rms_norm.hpp>

namespace cot::test {

struct rms_norm_case {
  static constexpr auto name = "rms_norm";
  static constexpr double offset = 1.0;
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::rms_norm(at.device(), at.template put<T>(x[0], {{n, d}}), at.template put_vector<A>(x[1]), offset, 1e-5, y,
                  {});
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto input = at.template put<T>(x[0], {{n, d}}), y = at.template room<T>({{n, d}}),
               dx = at.template gradient_room<T>({{n, d}});
    const auto gamma = at.template put_vector<A>(x[1]);
    const auto rstd = at.template room_vector<A>(n), dgamma = at.template sum_room<A>(d);
    ops::rms_norm(at.device(), input, gamma, offset, 1e-5, y, rstd);
    ops::rms_norm_pullback(at.device(), at.template put<T>(dy[0], {{n, d}}), input, rstd, gamma, offset, dx, at.mode(),
                           dgamma);
    return {at.take_gradient(dx), at.take(dgamma)};
  }
};

}  // namespace cot::test
