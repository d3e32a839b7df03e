// The options of every estimator: each member is declared, can be set, and changes a value that is no count.
#include <cotangent/geometry/catalogue.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <geometry/fixture.hpp>

namespace {

template <class Check>
void each_estimator(const Check& check) {
  std::apply([&](const auto&... e) { (check(e), ...); }, cot::geometry::catalogue);
}
template <class E, class Check>
void each_option(const E&, const Check& check) {
  std::apply([&](const auto&... o) { (check(o), ...); }, cot::geometry::options_of<E>());
}
template <class E>
std::vector<double> values(const E& estimator) {
  std::vector<double> all;
  each_option(estimator, [&](const auto& o) { all.push_back(static_cast<double>(estimator.*(o.member))); });
  return all;
}
template <class E>
double value(const E& estimator, const cot::test::rows& x, const cot::test::rows& y) {
  if constexpr (cot::geometry::pair_estimator<E>)
    return estimator(x, y);
  else
    return estimator(x);
}

/// Another value in the option's domain: a switch turned, one neighbour more, a number half as large.
template <class T>
T another(T given) {
  if constexpr (std::is_same_v<T, bool>)
    return !given;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(given + 1);
  else
    return static_cast<T>(given / 2);
}

/// How many members an aggregate of numbers has.
struct any_number {
  template <class T>
    requires std::is_arithmetic_v<T>
  operator T() const;
};
template <class E, class... Numbers>
constexpr std::size_t member_count() {
  if constexpr (requires { E{Numbers{}..., any_number{}}; })
    return member_count<E, Numbers..., any_number>();
  else
    return sizeof...(Numbers);
}

}  // namespace

TEST_CASE("geometry: every option of every estimator is declared, under a name of its own") {
  each_estimator([](const auto& e) {
    using E = std::remove_cvref_t<decltype(e)>;
    std::set<std::string> names;
    each_option(e, [&](const auto& o) {
      CHECK_MESSAGE(names.insert(std::string(o.name)).second, E::describe().name, ": ", o.name, " twice");
      CHECK_MESSAGE(!o.text.empty(), E::describe().name, ": ", o.name);
    });
    CHECK_MESSAGE(names.size() == member_count<E>(), E::describe().name);
  });
}

TEST_CASE("geometry: every option of every estimator can be set, alone, and changes the value") {
  const auto x = cot::test::wave(60, 12), y = cot::test::other_view(x);
  each_estimator([&](const auto& by_default) {
    using E = std::remove_cvref_t<decltype(by_default)>;
    std::size_t at = 0;
    each_option(by_default, [&](const auto& o) {
      INFO(E::describe().name, ": ", o.name);
      E changed{};
      changed.*(o.member) = another(changed.*(o.member));
      std::vector<double> expected = values(by_default);
      expected[at] = static_cast<double>(another(by_default.*(o.member)));
      CHECK(values(changed) == expected);
      CHECK(values(changed)[at] != values(by_default)[at]);
      ++at;
      const double before = value(by_default, x, y), after = value(changed, x, y);
      CHECK(std::isfinite(after));
      if (!E::describe().integer) CHECK(after != before);
    });
  });
}

TEST_CASE("geometry: an option that is not a number is refused") {
  const auto x = cot::test::wave(60, 12), y = cot::test::other_view(x);
  each_estimator([&](const auto& by_default) {
    using E = std::remove_cvref_t<decltype(by_default)>;
    each_option(by_default, [&](const auto& o) {
      E changed{};
      using T = std::remove_cvref_t<decltype(changed.*(o.member))>;
      if constexpr (std::is_floating_point_v<T>) {
        changed.*(o.member) = std::numeric_limits<T>::quiet_NaN();
        CHECK_THROWS_AS_MESSAGE(static_cast<void>(value(changed, x, y)), cot::option_error, E::describe().name, ": ",
                                o.name);
      }
    });
  });
}
