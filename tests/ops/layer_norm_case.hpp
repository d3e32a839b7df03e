#pragma once
// layer_norm and its fusion with dropout and the residual addition, for the registry.

#include "ops/dropout_case.hpp"
#include "support/registry.hpp"

#include <cotangent/ops/layer_norm.hpp>

namespace cot::test {

struct layer_norm_case {
  static constexpr auto name = "layer_norm";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    using A = accumulator_of<T>;
    const auto y = at.template room<T>({{n, d}});
    ops::layer_norm(at.device(), at.template put<T>(x[0], {{n, d}}), at.template put_vector<A>(x[1]),
                    at.template put_vector<A>(x[2]), 1e-5, y, {}, {});
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    using A = accumulator_of<T>;
    const auto input = at.template put<T>(x[0], {{n, d}}), y = at.template room<T>({{n, d}}),
               dx = at.template gradient_room<T>({{n, d}});
    const auto gamma = at.template put_vector<A>(x[1]), beta = at.template put_vector<A>(x[2]);
    const auto mean = at.template room_vector<A>(n), rstd = at.template room_vector<A>(n);
    const auto dgamma = at.template sum_room<A>(d), dbeta = at.template sum_room<A>(d);
    ops::layer_norm(at.device(), input, gamma, beta, 1e-5, y, mean, rstd);
    ops::layer_norm_pullback(at.device(), at.template put<T>(dy[0], {{n, d}}), input, mean, rstd, gamma, dx, at.mode(),
                             dgamma, dbeta);
    return {at.take_gradient(dx), at.take(dgamma), at.take(dbeta)};
  }
};

struct add_layer_norm_case {
  static constexpr auto name = "add_layer_norm";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{n, d}}, {{1, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[2].size()), n = static_cast<index>(x[0].size()) / d;
    const auto sum = at.template room<T>({{n, d}}), y = at.template room<T>({{n, d}});
    ops::add_layer_norm(at.device(), at.template put<T>(x[0], {{n, d}}), at.template put<T>(x[1], {{n, d}}),
                        dropout_of(at, n), at.template put_vector<A>(x[2]), at.template put_vector<A>(x[3]), 1e-5, sum,
                        y, at.template room_vector<A>(n), at.template room_vector<A>(n));
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[2].size()), n = static_cast<index>(x[0].size()) / d;
    const auto sum = at.template room<T>({{n, d}}), y = at.template room<T>({{n, d}});
    const auto gamma = at.template put_vector<A>(x[2]), beta = at.template put_vector<A>(x[3]);
    const auto mean = at.template room_vector<A>(n), rstd = at.template room_vector<A>(n);
    const auto drop = dropout_of(at, n);
    ops::add_layer_norm(at.device(), at.template put<T>(x[0], {{n, d}}), at.template put<T>(x[1], {{n, d}}), drop,
                        gamma, beta, 1e-5, sum, y, mean, rstd);
    const auto branch = at.template gradient_room<T>({{n, d}}), residual = at.template gradient_room<T>({{n, d}});
    const auto dgamma = at.template sum_room<A>(d), dbeta = at.template sum_room<A>(d);
    ops::add_layer_norm_pullback(at.device(), at.template put<T>(dy[0], {{n, d}}), sum, mean, rstd, gamma, drop, branch,
                                 at.mode(), residual, at.mode(), dgamma, dbeta);
    return {at.take_gradient(branch), at.take_gradient(residual), at.take(dgamma), at.take(dbeta)};
  }
};

}  // namespace cot::test
