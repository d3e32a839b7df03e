#include "support/registry.hpp"

#include <cotangent/ops/normalize_rows.hpp>

namespace cot::test {
namespace {

struct normalize_rows_case {
  static constexpr auto name = "normalize_rows";
  static constexpr bool accumulator_only = true;
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}});
    ops::normalize_rows(at.device(), view<const T, 2, B>(at.template put<T>(x[0], {{n, d}})), 1e-12, y,
                        at.template room_vector<T>(n));
    return {at.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto y = at.template room<T>({{n, d}}), dx = at.template gradient_room<T>({{n, d}});
    const auto norms = at.template room_vector<T>(n);
    ops::normalize_rows(at.device(), view<const T, 2, B>(at.template put<T>(x[0], {{n, d}})), 1e-12, y, norms);
    ops::normalize_rows_pullback(at.device(), view<const T, 2, B>(at.template put<T>(dy[0], {{n, d}})),
                                 view<const T, 2, B>(y), view<const T, 1, B>(norms), 1e-12, dx, at.mode());
    return {at.take_gradient(dx), values(x[1].size(), 0.0)};
  }
};

}  // namespace
}  // namespace cot::test

using namespace cot::test;

TEST_CASE("ops: normalize_rows") { check_operation<normalize_rows_case>(); }
TEST_CASE("ops: normalize_rows in double") { check_numbers<normalize_rows_case>(); }

TEST_CASE("ops: normalize_rows leaves a zero row zero, with a gradient scaled by the floor") {
  cot::serial device;
  bench<cot::serial> at(device);
  const auto y = at.room<double>({{1, 3}}), dx = at.room<double>({{1, 3}});
  const auto norms = at.room_vector<double>(1);
  cot::ops::normalize_rows(device, cot::view<const double, 2, cot::serial>(at.put<double>({0, 0, 0}, {{1, 3}})), 1e-12,
                           y, norms);
  CHECK(at.take(y) == values{0, 0, 0});
  cot::ops::normalize_rows_pullback(device,
                                    cot::view<const double, 2, cot::serial>(at.put<double>({1, 2, 3}, {{1, 3}})),
                                    cot::view<const double, 2, cot::serial>(y),
                                    cot::view<const double, 1, cot::serial>(norms), 1e-12, dx, cot::store::overwrite);
  CHECK(at.take(dx)[2] == doctest::Approx(3e12));
}
