#include "support/registry.hpp"

#include <cotangent/ops/embedding.hpp>

namespace cot::test {
namespace {

/// n tokens out of a vocabulary of five words, at two positions.
struct embedding_case {
  static constexpr auto name = "embedding";
  static constexpr bool keeps_no_rows = true;
  static std::vector<shape<2>> inputs(index n, index d) { return {{{5, d}}, {{2, d}}, {{1, d}}, {{n, 1}}}; }
  static std::vector<std::int32_t> ids(std::size_t n) {
    std::vector<std::int32_t> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(static_cast<std::int32_t>(i * i % 5));
    return all;
  }
  static std::vector<std::int32_t> positions(std::size_t n) {
    std::vector<std::int32_t> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(static_cast<std::int32_t>(i % 2));
    return all;
  }

  template <class T, class B>
  static std::vector<values> forward(bench<B>& at, const std::vector<values>& x) {
    using A = accumulator_of<T>;
    using table = view<const A, 2, B>;
    using numbers = view<const std::int32_t, 1, B>;
    const auto d = static_cast<index>(x[2].size());
    const std::size_t n = x[3].size();
    bench<B> flat(at.device());
    const auto y = flat.template room<T>({{static_cast<index>(n), d}});
    const auto word = ids(n), place = positions(n);
    ops::embedding(at.device(), numbers(flat.put_integers({word.begin(), word.end()})),
                   numbers(flat.put_integers({place.begin(), place.end()})),
                   table(flat.template put<A>(x[0], {{5, d}})), table(flat.template put<A>(x[1], {{2, d}})),
                   table(flat.template put<A>(x[2], {{1, d}})), y);
    return {flat.take(y)};
  }

  template <class T, class B>
  static std::vector<values> pullback(bench<B>& at, const std::vector<values>& x, const std::vector<values>& dy) {
    using A = accumulator_of<T>;
    const auto d = static_cast<index>(x[2].size());
    const std::size_t n = x[3].size();
    bench<B> flat(at.device());
    const view<const T, 2, B> gradient = flat.template put<T>(dy[0], {{static_cast<index>(n), d}});
    std::vector<values> all;
    for (const auto& [which, rows] :
         {std::pair{ids(n), index{5}}, {positions(n), 2}, {std::vector<std::int32_t>(n, 0), 1}}) {
      const auto table = flat.template put<A>(values(static_cast<std::size_t>(rows * d), 0.0), {{rows, d}});
      ops::embedding_pullback(at.device(), which.data(), gradient, table);
      all.push_back(flat.take(table));
    }
    all.push_back(values(n, 0.0));
    return all;
  }
};

}  // namespace
}  // namespace cot::test

TEST_CASE("ops: embedding") { cot::test::check_operation<cot::test::embedding_case>(); }
TEST_CASE("ops: embedding in double and bfloat16") { cot::test::check_numbers<cot::test::embedding_case>(); }
