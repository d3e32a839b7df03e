#pragma once
// Uniformity: how evenly unit embeddings cover the sphere.

#include <cotangent/backend/cpu/inner_products.hpp>
#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/log_sum_exp.hpp>
#include <cotangent/geometry/preparation.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace cot::geometry {

/// ln mean_{i<j} exp(-t |x_i - x_j|^2) over the n (n - 1) / 2 pairs of unit rows: 0 when all coincide; about -2 t when
/// they spread over a sphere of many dimensions. Lower is more uniform. Computed in tiles: memory for the rows, not for
/// the pairs. Source: Wang & Isola 2020.
struct uniformity {
  double t = 2;
  bool normalize = true;

  static constexpr description describe() {
    return {.name = "uniformity",
            .definition = "ln mean exp(-t |x_i - x_j|^2) over pairs i < j of unit rows",
            .cost = "O(n^2 d) time, O(n d) memory",
            .source = "Wang & Isola 2020",
            .least_rows = 2};
  }
  static constexpr auto options() {
    return std::tuple(option("t", &uniformity::t, "sharpness of the Gaussian kernel, positive"),
                      option("normalize", &uniformity::normalize, "scale rows to unit length first"));
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    if (!(t > 0)) throw option_error(describe().name, "t", "a positive number", std::to_string(t));
    require_rows(describe().name, x, describe().least_rows);
    const prepared_matrix rows = prepare(x, {.unit_rows = normalize});
    const index n = rows.rows;
    const linalg::packed_vectors packed(rows.values.data(), n, rows.width, rows.width, 1);
    std::vector<double> squared(static_cast<std::size_t>(n));
    for (index i = 0; i < n; ++i)
      squared[static_cast<std::size_t>(i)] = linalg::inner_product(rows.row(i), rows.row(i), rows.width);
    log_sum_exp sum;
    linalg::for_inner_products(packed, packed, [&](index row, index column, const double* block) {
      double exponents[packed.group * packed.group];
      index pairs = 0;
      for (index i = row; i < std::min(row + packed.group, n); ++i)
        for (index j = column; j < std::min(column + packed.group, i); ++j) {
          const double product = block[(i - row) * packed.group + j - column];
          const double distance =
              squared[static_cast<std::size_t>(i)] + squared[static_cast<std::size_t>(j)] - 2 * product;
          exponents[pairs++] = -t * std::max(distance, 0.0);
        }
      sum.add(std::span(exponents, static_cast<std::size_t>(pairs)));
    });
    return sum.value() - std::log(static_cast<double>(n) * static_cast<double>(n - 1) / 2);
  }
};

}  // namespace cot::geometry
