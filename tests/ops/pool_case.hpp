#pragma once
// pool in each of its modes, for the registry.

#include "support/registry.hpp"

#include <cotangent/ops/pool.hpp>

namespace cot::test {

/// Three sentences, the second of them empty; tokens of each may be skipped.
template <pooling Mode, index Skipped = 0>
struct pool_case {
  static constexpr auto name = "pool";
  static constexpr bool keeps_no_rows = true;
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }
  static std::vector<index> offsets(index n) { return {0, n / 3, n / 3, n}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<A>({{3, d}});
    ops::pool(at.device(), Mode, view<const index, 1, B>(at.put_offsets(offsets(n))),
              view<const T, 2, B>(at.template put<T>(x[0], {{n, d}})), y, Skipped);
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<A>({{3, d}});
    const view<const index, 1, B> places = at.put_offsets(offsets(n));
    const view<const T, 2, B> input = at.template put<T>(x[0], {{n, d}});
    const auto dx = at.template gradient_room<T>({{n, d}});
    ops::pool(at.device(), Mode, places, input, y, Skipped);
    ops::pool_pullback(at.device(), Mode, places, view<const A, 2, B>(at.template put<A>(dy[0], {{3, d}})), input,
                       view<const A, 2, B>(y), dx, at.mode(), Skipped);
    return {at.take_gradient(dx), values(x[1].size(), 0.0)};
  }
};

}  // namespace cot::test
