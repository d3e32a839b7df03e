#pragma once
// What is done to embeddings before a spectrum is taken: nothing, unit rows, centring, or both.

#include <cotangent/backend/cpu/inner_products.hpp>
#include <cotangent/geometry/matrix.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace cot::geometry {

/// Rows are scaled to unit length first, then the mean is taken off.
struct preparation {
  bool centre = false;
  bool unit_rows = false;
  [[nodiscard]] constexpr bool operator==(const preparation&) const = default;
};

/// A contiguous row-major double copy, [rows, width].
struct prepared_matrix {
  index rows = 0;
  index width = 0;
  std::vector<double> values;

  [[nodiscard]] const double* row(index i) const { return values.data() + i * width; }
  [[nodiscard]] double* row(index i) { return values.data() + i * width; }
};

/// Scales a row to unit length. A zero row stays zero: its cosine with anything is 0. Huge and tiny rows do not
/// overflow.
inline void normalize_row(double* row, index width) {
  double squared = linalg::inner_product(row, row, width);
  if (!(squared > 1e-200 && squared < 1e200)) {
    double largest = 0;
    for (index j = 0; j < width; ++j) largest = std::fmax(largest, std::fabs(row[j]));
    if (largest == 0) return;
    for (index j = 0; j < width; ++j) row[j] /= largest;
    squared = linalg::inner_product(row, row, width);
  }
  const double length = std::sqrt(squared);
  for (index j = 0; j < width; ++j) row[j] /= length;
}

/// The mean row, taken relative to the first one, so that equal rows have exactly their own value as mean.
[[nodiscard]] inline std::vector<double> mean_row(const prepared_matrix& x) {
  const std::size_t width = static_cast<std::size_t>(x.width);
  std::vector<double> mean(width, 0.0);
  for (index i = 1; i < x.rows; ++i)
    for (std::size_t j = 0; j < width; ++j) mean[j] += x.row(i)[j] - x.row(0)[j];
  for (std::size_t j = 0; j < width; ++j) mean[j] = x.row(0)[j] + mean[j] / static_cast<double>(x.rows);
  return mean;
}

inline void subtract_row(prepared_matrix& x, const std::vector<double>& row) {
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.width; ++j) x.row(i)[j] -= row[static_cast<std::size_t>(j)];
}

[[nodiscard]] inline prepared_matrix prepare(const matrix& x, preparation how = {}) {
  prepared_matrix m{x.rows(), x.width(), std::vector<double>(static_cast<std::size_t>(x.rows() * x.width()))};
  for (index i = 0; i < m.rows; ++i) {
    x.read_row(i, m.row(i));
    if (how.unit_rows) normalize_row(m.row(i), m.width);
  }
  if (how.centre && m.rows > 0) subtract_row(m, mean_row(m));
  return m;
}

}  // namespace cot::geometry
