#include "support/registry.hpp"

#include <cotangent/ops/cross_entropy.hpp>

namespace cot::test {
namespace {

/// The gradients that come back are weights of the whole sum: the pullback takes one weight.
struct cross_entropy_case {
  static constexpr auto name = "cross_entropy";
  static constexpr bool accumulator_only = true;
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class B>
  static view<const std::int32_t, 1, B> targets(bench<B>& at, index n, index d) {
    values t;
    for (index i = 0; i < n; ++i) t.push_back(static_cast<double>(i == 2 ? -1 : (7 * i + 1) % d));
    return at.put_integers(t);
  }

  /// The sum of the losses.
  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto losses = at.template room_vector<T>(n);
    ops::cross_entropy(at.device(), view<const T, 2, B>(at.template put<T>(x[0], {{n, d}})), targets(at, n, d), losses,
                       at.template room_vector<T>(n));
    double sum = 0;
    const values all = at.take(losses);
    for (const double e : all) sum += e;
    return {{sum}};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const view<const T, 2, B> logits = at.template put<T>(x[0], {{n, d}});
    const auto dx = at.template room<T>({{n, d}});
    const auto lse = at.template room_vector<T>(n);
    ops::cross_entropy(at.device(), logits, targets(at, n, d), at.template room_vector<T>(n), lse);
    ops::cross_entropy_pullback(at.device(), logits, targets(at, n, d), view<const T, 1, B>(lse), dy[0][0], dx);
    return {at.take(dx), values(x[1].size(), 0.0)};
  }
  static constexpr bool keeps_no_rows = true;
};

}  // namespace
}  // namespace cot::test

using namespace cot::test;

TEST_CASE("ops: cross_entropy") { check_operation<cross_entropy_case>(); }
TEST_CASE("ops: cross_entropy in double") { check_numbers<cross_entropy_case>(); }

TEST_CASE("ops: cross_entropy of logits far apart") {
  cot::cpu device;
  bench<cot::cpu> at(device);
  const auto losses = at.room_vector<float>(2);
  cot::ops::cross_entropy(
      device, cot::view<const float, 2, cot::cpu>(at.put<float>({1e4, 0, -1e4, 1e4, 0, -1e4}, {{2, 3}})),
      cot::view<const std::int32_t, 1, cot::cpu>(at.put_integers({0, 2})), losses, at.room_vector<float>(2));
  CHECK(at.take(losses) == values{0, 2e4});
}
