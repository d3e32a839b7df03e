#pragma once
// Losses for the tests: one whose rows do not see each other, and one that alters the similarity to its target. The
// catalogue need not have such, but the checks of each_loss.hpp and the hook of loss/softmax_direction.hpp must hold.

#include <cotangent/autograd/with_gradient.hpp>
#include <cotangent/kernel/formula/pointwise.hpp>
#include <cotangent/loss/describe.hpp>
#include <cotangent/loss/softmax_direction.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/map.hpp>
#include <cotangent/ops/sum.hpp>

#include <span>
#include <tuple>

namespace cot::test {

/// weight / n sum_i |a_i - p_i|^2.
struct attraction {
  double weight = 1;
  double slope = 1;  ///< not 1: a wrong gradient

  static constexpr auto describe() {
    return loss::description{"attraction",    "weight/n sum_i |a_i - p_i|^2",
                             "for the tests", loss::inputs{.positives = true},
                             false,           std::tuple{loss::option{"weight", &attraction::weight, "a factor"}}};
  }
  template <class T, class B>
  [[nodiscard]] var<T, 0, B> operator()(const var<T, 2, B>& anchors, const var<T, 2, B>& positives) const {
    tape<B>& t = anchors.on();
    const var<T, 2, B> both[] = {anchors, positives};
    loss::check_columns<T, B>("attraction", both);
    const index n = anchors.extent(0);
    const double factor = weight / static_cast<double>(n);
    const auto apart = t.template workspace<T>(anchors.sizes()), squared = t.template workspace<T>(anchors.sizes()),
               to_positives = t.template workspace<T>(anchors.sizes());
    const auto value = t.template workspace<T>(shape<0>{});
    ops::map(t.device(), formula::subtract{}, apart, anchors.value(), positives.value());
    ops::map(t.device(), formula::multiply{}, squared, view<const T, 2, B>(apart), view<const T, 2, B>(apart));
    ops::sum(t.device(), view<const T, 1, B>(squared.data(), {{squared.size()}}), factor, value, store::overwrite);
    ops::scale(t.device(), view<const T, 2, B>(apart), 2 * factor * slope, apart);
    ops::scale(t.device(), view<const T, 2, B>(apart), -1.0, to_positives);
    const supplied_gradient<T, B> parts[] = {{anchors, apart}, {positives, to_positives}};
    return with_gradient<T, B>(t, value, std::span<const supplied_gradient<T, B>>(parts));
  }
};

/// 0.7 s - sqrt(2 - s^2): a formula on cosines that is smooth everywhere.
struct bent {
  static constexpr bool transcendental = false;
  template <class Number>
  COT_FN Number operator()(const Number& s) const {
    return s * Number(0.7f) - sqrt(Number(2.0f) - s * s);
  }
};

/// The softmax cross-entropy of cosines, where that of anchor and positive is bent.
struct bent_softmax {
  double temperature = 0.3;

  static constexpr auto describe() {
    return loss::description{"bent_softmax",
                             "1/n sum_i [ log(e^(bent(s_ii)/t) + sum_j!=i e^(s_ij/t)) - bent(s_ii)/t ]",
                             "for the tests",
                             loss::inputs{.positives = true},
                             true,
                             std::tuple{loss::option{"temperature", &bent_softmax::temperature, "t > 0"}}};
  }
  template <class T, class B>
  [[nodiscard]] var<T, 0, B> operator()(const var<T, 2, B>& anchors, const var<T, 2, B>& positives) const {
    if (!(temperature > 0))
      throw option_error("bent_softmax", "temperature", "a positive number", std::to_string(temperature));
    tape<B>& t = anchors.on();
    const var<T, 2, B> both[] = {anchors, positives};
    loss::check_columns<T, B>("bent_softmax", both);
    const index n = anchors.extent(0);
    const double weight = 1 / static_cast<double>(n);
    const auto q = loss::stack<T, B>(t, std::span(both).first(1), true, true),
               c = loss::stack<T, B>(t, std::span(both).subspan(1), true, true);
    const auto losses = t.template workspace<T>(shape<1>{{n}});
    const auto value = t.template workspace<T>(shape<0>{});
    loss::softmax_direction(t, q, c, temperature, weight, losses, bent{});
    ops::sum(t.device(), view<const T, 1, B>(losses), weight, value, store::overwrite);
    const supplied_gradient<T, B> parts[] = {{anchors, loss::raw_gradient(t.device(), q, 0, n)},
                                             {positives, loss::raw_gradient(t.device(), c, 0, n)}};
    return with_gradient<T, B>(t, value, std::span<const supplied_gradient<T, B>>(parts));
  }
};

}  // namespace cot::test
