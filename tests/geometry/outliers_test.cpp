// Columns that stand out, found where they were planted.
#include <cotangent/geometry/outliers.hpp>

#include <doctest/doctest.h>

#include <geometry/fixture.hpp>

TEST_CASE("geometry: planted outlier dimensions are found, whatever their sign") {
  cot::test::rows x = cot::test::wave(50, 40);
  const cot::geometry::outlier_dimensions outliers;
  CHECK(outliers(x) == 0);
  for (cot::index i = 0; i < 50; ++i) {
    x(i, 7) += 9;
    x(i, 31) -= 9;
    x(i, 12) += i % 2 == 0 ? 9 : -9;  // large, but not for every row: no outlier
  }
  CHECK(outliers.list(x) == std::vector<cot::index>{7, 31});
  CHECK(outliers(x) == 2);
  CHECK(outliers(cot::test::scaled(x, 100)) == 2);
  CHECK(cot::geometry::outlier_dimensions{.sigma = 100}(x) == 0);
  CHECK_THROWS_AS(static_cast<void>(cot::geometry::outlier_dimensions{.sigma = 0}(x)), cot::option_error);
}
