// Every loss of the catalogue: its description, and its options by name.
#include "loss/each_loss.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/loss/any_loss.hpp>
#include <cotangent/loss/catalogue.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <set>

using namespace cot::test;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
using option_list = std::vector<std::pair<std::string, double>>;

template <class Check>
void each_loss(const Check& check) {
  std::apply([&](const auto&... l) { (check(l), ...); }, cot::loss::catalogue);
}
/// check(option, its value by default) for all options of a loss.
template <class L, class Check>
void each_option(const L& loss, const Check& check) {
  std::apply([&](const auto&... o) { (check(o, loss.*(o.member)), ...); }, L::describe().options);
}
/// The values of all options.
template <class L>
std::vector<double> values(const L& loss) {
  std::vector<double> all;
  each_option(loss, [&](const auto&, auto value) { all.push_back(static_cast<double>(value)); });
  return all;
}

struct with_whole_number {
  int neighbours = 4;
  static constexpr auto describe() {
    return cot::loss::description{
        "with_whole_number", "",    "",
        cot::loss::inputs{}, false, std::tuple{cot::loss::option{"neighbours", &with_whole_number::neighbours, ""}}};
  }
};

}  // namespace

TEST_CASE("loss registry: descriptions are complete, names of losses and of their options unique") {
  std::set<std::string> losses;
  each_loss([&](const auto& loss) {
    const auto about = loss.describe();
    CHECK_MESSAGE(losses.insert(std::string(about.name)).second, about.name, " twice");
    CHECK_MESSAGE(!about.formula.empty(), about.name);
    CHECK_MESSAGE(!about.source.empty(), about.name);
    CHECK_MESSAGE((", " + cot::loss::names() + ",").find(", " + std::string(about.name) + ",") != std::string::npos,
                  about.name);
    std::set<std::string> options;
    each_option(loss, [&](const auto& o, auto) {
      CHECK_MESSAGE(options.insert(std::string(o.name)).second, about.name, ": ", o.name, " twice");
      CHECK_MESSAGE(!o.text.empty(), about.name, ": ", o.name);
    });
  });
}

TEST_CASE("loss registry: each option is set by its name, alone, and to what its type holds") {
  each_loss([&]<class L>(const L& by_default) {
    const std::vector<double> before = values(by_default);
    std::size_t at = 0;
    each_option(by_default, [&](const auto& o, auto value) {
      INFO(L::describe().name, ": ", o.name);
      const double other = static_cast<double>(another(value));
      REQUIRE(other != before[at]);
      L loss{};
      CHECK(cot::loss::set_option(loss, o.name, other));
      std::vector<double> expected = before;
      expected[at++] = other;
      CHECK(values(loss) == expected);
      for (const double bad : {not_a_number, infinity, -infinity})
        CHECK_THROWS_AS(static_cast<void>(cot::loss::set_option(loss, o.name, bad)), cot::option_error);
      if (std::is_same_v<decltype(value), bool>)
        for (const double bad : {0.5, 2.0, -1.0})
          CHECK_THROWS_WITH_AS(static_cast<void>(cot::loss::set_option(loss, o.name, bad)),
                               doctest::Contains("expected 0 or 1"), cot::option_error);
      CHECK(values(loss) == expected);
      CHECK_FALSE(cot::loss::set_option(loss, std::string(o.name) + "_", 1.0));
    });
  });
  with_whole_number loss;
  CHECK(cot::loss::set_option(loss, "neighbours", 7));
  CHECK(loss.neighbours == 7);
  CHECK_THROWS_WITH_AS(static_cast<void>(cot::loss::set_option(loss, "neighbours", 7.5)),
                       doctest::Contains("expected a whole number"), cot::option_error);
}

TEST_CASE("loss registry: a loss made by name with an option set is the loss with that member, and no other") {
  cot::serial device;
  each_loss([&]<class L>(const L& by_default) {
    const auto columns = draw_columns(column_counts<L>().back(), 4, 3);
    const auto named = [&](const option_list& options) {
      std::vector<cot::tensor<double, 2, cot::serial>> held;
      for (const auto& c : columns)
        held.push_back(cot::tensor<double, 2, cot::serial>::from_host(device, c.values, {{c.rows(), c.width}}));
      cot::tape t(device);
      std::vector<cot::var<double, 2, cot::serial>> in;
      for (auto& h : held) in.push_back(t.input(h.view()));
      const auto made = cot::loss::make_loss<double, cot::serial>(L::describe().name, options);
      CHECK(made.couples_batch == L::describe().couples_batch);
      return made(in[0], in[1], std::span<const cot::var<double, 2, cot::serial>>(in).subspan(2)).value()();
    };
    const double plain = evaluate<double>(device, by_default, columns).value;
    CHECK(named({}) == plain);
    each_option(by_default, [&](const auto& o, auto value) {
      INFO(L::describe().name, ": ", o.name);
      L changed{};
      changed.*(o.member) = another(value);
      const double expected = evaluate<double>(device, changed, columns).value;
      CHECK(expected != plain);
      CHECK(named({{std::string(o.name), static_cast<double>(another(value))}}) == expected);
    });
  });
}

TEST_CASE("loss registry: an option that is not a number is refused when the loss is called") {
  cot::serial device;
  each_loss([&]<class L>(const L& by_default) {
    const auto columns = draw_columns(column_counts<L>().front(), 4, 3);
    each_option(by_default, [&](const auto& o, auto value) {
      if constexpr (std::is_floating_point_v<decltype(value)>) {
        L loss{};
        loss.*(o.member) = not_a_number;
        CHECK_THROWS_AS_MESSAGE(static_cast<void>(evaluate<double>(device, loss, columns)), cot::option_error,
                                L::describe().name, ": ", o.name);
      }
    });
  });
}
