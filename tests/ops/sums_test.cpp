#include "support/registry.hpp"

#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/sum.hpp>
#include <cotangent/ops/sum_of_squares.hpp>

namespace cot::test {
namespace {

struct column_sum_case {
  static constexpr auto name = "column_sum";
  static constexpr bool keeps_no_rows = true;
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const auto sum = at.template room_vector<accumulator_of<T>>(d);
    ops::column_sum(at.device(), view<const T, 2, B>(at.template put<T>(x[0], {{n, d}})), sum, store::overwrite);
    return {at.take(sum)};
  }
};

/// scale, cast and accumulate: y = 3 x, in place of 0.25.
struct copies_case {
  static constexpr auto name = "copies";
  static std::vector<shape<2>> inputs(index n, index d) { return {{{n, d}}, {{1, d}}}; }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    using reader = view<const T, 2, B>;
    const auto d = static_cast<index>(x[1].size()), n = static_cast<index>(x[0].size()) / d;
    const reader input = at.template put<T>(x[0], {{n, d}});
    const auto twice = at.template room<T>({{n, d}});
    const auto wide = at.template room<accumulator_of<T>>({{n, d}});
    ops::scale(at.device(), input, 2.0, twice);
    ops::accumulate(at.device(), input, twice);
    ops::cast(at.device(), reader(twice), wide);
    return {at.take(wide), at.take(twice)};
  }
};

}  // namespace
}  // namespace cot::test

using namespace cot::test;

TEST_CASE("ops: column_sum") { check_operation<column_sum_case>(); }
TEST_CASE("ops: scale, accumulate and cast") { check_operation<copies_case>(); }

TEST_CASE("ops: sum and sum_of_squares do not depend on threads, and are right for many sizes") {
  for (const cot::index n : {0, 1, 5, 16383, 16384, 16385, 700001}) {
    const values x = random_values(n, 5);
    double squares = 0, total = 0;
    for (const double e : x) {
      const double f = static_cast<float>(e);
      squares += f * f;
      total += f;
    }
    std::vector<double> sums, bits;
    for (const int threads : {1, 2}) {
      cot::cpu device({.threads = threads});
      bench<cot::cpu> at(device);
      const cot::view<const float, 1, cot::cpu> v = at.put_vector<float>(x);
      bits.push_back(static_cast<double>(cot::ops::sum_of_squares(device, v)));
      const auto result = at.put<float>({10}, {{1, 1}});
      cot::ops::sum(device, v, 2.0, cot::view<float, 0, cot::cpu>(result.data(), {}), cot::store::add);
      sums.push_back(at.take(result)[0]);
    }
    CAPTURE(n);
    CHECK(bits[0] == doctest::Approx(squares).epsilon(1e-6));
    CHECK(bits[0] == bits[1]);
    CHECK(std::abs(sums[0] - (10 + 2 * total)) <= 1e-3 + 1e-6 * squares);
    CHECK(sums[0] == sums[1]);
  }
}
