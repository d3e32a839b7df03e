// Every estimator of the catalogue: golden values, what it declares to be invariant under, number types.
#include <doctest/doctest.h>

#include <set>

#include <geometry/each_estimator.hpp>
#include <support/golden_values.hpp>

namespace {
bool close(double a, double b, double tolerance) { return std::fabs(a - b) <= tolerance * std::max(1.0, std::fabs(b)); }
}  // namespace

TEST_CASE("geometry: every estimator has its golden value") {
  const cot::test::golden_values golden("geometry.tsv");
  for (const auto& [n, d] : {std::pair{64, 8}, {6, 8}, {300, 24}, {20, 50}}) {
    const auto x = cot::test::wave(n, d), y = cot::test::other_view(x);
    for (const auto& [name, described, value] : cot::test::estimators()) {
      const double expected = golden("wave_" + std::to_string(n) + "x" + std::to_string(d), name);
      CHECK_MESSAGE(close(value(x, y), expected, 2e-12), name, " of ", n, " x ", d, ": ", value(x, y), ", expected ",
                    expected);
    }
  }
}

TEST_CASE("geometry: every estimator keeps its value under what it declares, and under nothing else") {
  const auto x = cot::test::wave(40, 12), y = cot::test::other_view(x);
  for (const auto& [name, described, value] : cot::test::estimators()) {
    const double before = value(x, y);
    const auto check = [&](const char* change, auto changed, bool same) {
      const double after = value(changed(x), changed(y));
      if (same)
        CHECK_MESSAGE(close(after, before, 1e-11), name, " under ", std::string(change), ": ", before, " became ",
                      after);
      if (!same && !described.integer)
        CHECK_MESSAGE(!close(after, before, 1e-6), name, " did not change under ", std::string(change));
    };
    check("permutation", cot::test::permuted, true);
    check("rotation", cot::test::rotated, described.unchanged_by.rotation);
    check("scale", [](const auto& m) { return cot::test::scaled(m, 3.7); }, described.unchanged_by.scale);
    check("shift", cot::test::shifted, described.unchanged_by.shift);
  }
}

TEST_CASE("geometry: float rows give what the same numbers give in double") {
  const auto x = cot::test::as_float(cot::test::wave(40, 12));
  const auto y = cot::test::as_float(cot::test::other_view(cot::test::wave(40, 12)));
  cot::test::rows wide_x(40, 12), wide_y(40, 12);
  for (std::size_t i = 0; i < x.values.size(); ++i) wide_x.values[i] = static_cast<double>(x.values[i]);
  for (std::size_t i = 0; i < y.values.size(); ++i) wide_y.values[i] = static_cast<double>(y.values[i]);
  for (const auto& [name, described, value] : cot::test::estimators()) {
    CHECK_MESSAGE(value(x, y) == value(wide_x, wide_y), name);
  }
}

TEST_CASE("geometry: strides do not matter") {
  const auto x = cot::test::wave(30, 10), y = cot::test::other_view(x);
  cot::test::rows columns(10, 30), wide(60, 17);
  for (cot::index i = 0; i < 30; ++i)
    for (cot::index j = 0; j < 10; ++j) {
      columns(j, i) = x(i, j);
      wide(2 * i, j + 3) = y(i, j);
    }
  const cot::view<const double, 2> transposed(columns.values.data(), {30, 10}, {1, 30});
  const cot::view<const double, 2> inner(wide.values.data() + 3, {30, 10}, {34, 1});
  for (const auto& [name, described, value] : cot::test::estimators()) {
    CHECK_MESSAGE(value(transposed, inner) == value(x, y), name);
  }
}

TEST_CASE("geometry: descriptions are complete and names unique") {
  std::set<std::string> names;
  for (const auto& [name, described, value] : cot::test::estimators()) {
    CHECK_MESSAGE(names.insert(name).second, name, " twice");
    CHECK_MESSAGE(!described.definition.empty(), name);
    CHECK_MESSAGE(described.cost.starts_with("O("), name);
    CHECK_MESSAGE(!described.source.empty(), name);
  }
  CHECK(names.size() == std::tuple_size_v<decltype(cot::geometry::catalogue)>);
}
