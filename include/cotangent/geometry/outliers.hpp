#pragma once
// Outlier dimensions: columns that are far from the others for every sentence.

#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/preparation.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace cot::geometry {

/// How many columns have a mean outside mean +- sigma * standard deviation of all entries of the matrix. `list` names
/// them. Such columns dominate cosines. Source: Rajaee & Pilehvar 2022 (there with sigma 3).
struct outlier_dimensions {
  double sigma = 3;

  static constexpr description describe() {
    return {.name = "outlier_dimensions",
            .definition = "number of columns whose mean lies outside mean +- sigma * deviation of all entries",
            .cost = "O(n d)",
            .source = "Rajaee & Pilehvar 2022",
            .unchanged_by = {.rotation = false},
            .integer = true};
  }
  static constexpr auto options() {
    return std::tuple(option("sigma", &outlier_dimensions::sigma, "deviations that make an outlier, positive"));
  }
  [[nodiscard]] double operator()(const matrix& x) const { return static_cast<double>(list(x).size()); }

  /// The columns, ascending.
  [[nodiscard]] std::vector<index> list(const matrix& x) const {
    if (!(sigma > 0)) throw option_error(describe().name, "sigma", "a positive number", std::to_string(sigma));
    require_rows(describe().name, x, describe().least_rows);
    const prepared_matrix rows = prepare(x);
    const std::vector<double> columns = mean_row(rows);
    const double n = static_cast<double>(rows.values.size());
    double mean = 0, squared = 0;
    for (double c : columns) mean += c / static_cast<double>(columns.size());
    for (double v : rows.values) squared += (v - mean) * (v - mean) / n;
    std::vector<index> found;
    for (std::size_t j = 0; j < columns.size(); ++j)
      if (std::fabs(columns[j] - mean) > sigma * std::sqrt(squared)) found.push_back(static_cast<index>(j));
    return found;
  }
};

}  // namespace cot::geometry
