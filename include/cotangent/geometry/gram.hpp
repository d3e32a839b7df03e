#pragma once
// The smaller of the two Gram matrices of some embeddings: the non-zero eigenvalues are the same on both sides.

#include <cotangent/backend/cpu/inner_products.hpp>
#include <cotangent/geometry/preparation.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cot::geometry {

/// M^T M when there are at least as many rows as columns, else M M^T; [side, side] with side = min(rows, width).
/// min(n, d)^2 max(n, d) multiplications; memory for the rows in double, the result, and one packed chunk.
struct gram_matrix {
  index side = 0;
  std::vector<double> values;

  explicit gram_matrix(const prepared_matrix& m)
      : side(std::min(m.rows, m.width)), values(static_cast<std::size_t>(side * side)) {
    const bool by_columns = m.rows >= m.width;
    const index chunk = by_columns ? 1024 : 256;
    const index length = by_columns ? m.rows : m.width;
    for (index first = 0; first < length; first += chunk) {
      const index size = std::min(chunk, length - first);
      linalg::add_gram(by_columns ? linalg::packed_vectors(m.row(first), m.width, size, 1, m.width)
                                  : linalg::packed_vectors(m.values.data() + first, m.rows, size, m.width, 1),
                       values.data());
    }
  }

  /// sum_i l_i, with l the eigenvalues.
  [[nodiscard]] double trace() const {
    double sum = 0;
    for (index i = 0; i < side; ++i) sum += values[static_cast<std::size_t>(i * side + i)];
    return sum;
  }
  /// sum_i l_i^2, without an eigensolver.
  [[nodiscard]] double squared_norm() const {
    double sum = 0;
    for (double x : values) sum += x * x;
    return sum;
  }
};

}  // namespace cot::geometry
