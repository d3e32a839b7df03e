#pragma once
// Every estimator of the catalogue, with its type forgotten: tests loop over them.

#include <cotangent/geometry/catalogue.hpp>

#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include <geometry/fixture.hpp>

namespace cot::test {

struct estimator {
  std::string name;
  geometry::description described;
  /// Of two sets of rows; an estimator that measures a single set ignores the second.
  std::function<double(const geometry::matrix&, const geometry::matrix&)> value;
};

inline std::vector<estimator> estimators() {
  std::vector<estimator> all;
  const auto add = [&](auto e) {
    all.push_back(
        {std::string(e.describe().name), e.describe(), [e](const geometry::matrix& x, const geometry::matrix& y) {
           if constexpr (geometry::pair_estimator<decltype(e)>)
             return e(x, y);
           else
             return static_cast<void>(y), e(x);
         }});
  };
  std::apply([&](auto... e) { (add(e), ...); }, geometry::catalogue);
  return all;
}

}  // namespace cot::test
