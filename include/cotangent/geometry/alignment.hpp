#pragma once
// Alignment: how close the two views of the same sentence lie.

#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/preparation.hpp>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

namespace cot::geometry {

/// mean_i |x_i - y_i|^alpha over unit rows: 0 when the views coincide, 4 at most for alpha 2 (where it is 2 - 2 cos).
/// Source: Wang & Isola, Understanding contrastive representation learning through alignment and uniformity, ICML 2020.
struct alignment {
  double alpha = 2;
  bool normalize = true;

  static constexpr description describe() {
    return {.name = "alignment",
            .definition = "mean |x - y|^alpha over paired unit rows",
            .cost = "O(n d)",
            .source = "Wang & Isola 2020",
            .takes = input::paired_rows};
  }
  static constexpr auto options() {
    return std::tuple(option("alpha", &alignment::alpha, "power of the distance, positive"),
                      option("normalize", &alignment::normalize, "scale rows to unit length first"));
  }
  [[nodiscard]] double operator()(const matrix& x, const matrix& y) const {
    if (!(alpha > 0)) throw option_error(describe().name, "alpha", "a positive number", std::to_string(alpha));
    require_pairs(describe().name, x, y);
    require_rows(describe().name, x, describe().least_rows);
    require_rows(describe().name, y, describe().least_rows);
    const index d = x.width();
    std::vector<double> a(static_cast<std::size_t>(d)), b = a;
    double sum = 0;
    for (index i = 0; i < x.rows(); ++i) {
      x.read_row(i, a.data());
      y.read_row(i, b.data());
      if (normalize) normalize_row(a.data(), d), normalize_row(b.data(), d);
      double squared = 0;
      for (std::size_t j = 0; j < a.size(); ++j) squared += (a[j] - b[j]) * (a[j] - b[j]);
      sum += alpha == 2 ? squared : std::pow(squared, alpha / 2);
    }
    return sum / static_cast<double>(x.rows());
  }
};

}  // namespace cot::geometry
