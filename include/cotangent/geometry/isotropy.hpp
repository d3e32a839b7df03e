#pragma once
// Isotropy: whether embeddings point everywhere alike, or share a direction.

#include <cotangent/backend/cpu/linalg.hpp>
#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/gram.hpp>
#include <cotangent/geometry/log_sum_exp.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace cot::geometry {

/// The mean cosine over all n (n - 1) ordered pairs of different rows, exactly and in one pass:
///   (|sum z_i|^2 - sum |z_i|^2) / (n (n - 1)),  z the unit rows.
/// Near 0 for an isotropic set, near 1 when all share a direction. A zero row has cosine 0 with every other.
/// Source: Ethayarajh, EMNLP 2019 (there over a sample of pairs).
struct mean_cosine {
  static constexpr description describe() {
    return {.name = "mean_cosine",
            .definition = "mean cosine over all pairs of different rows",
            .cost = "O(n d)",
            .source = "Ethayarajh 2019, over all pairs",
            .least_rows = 2};
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    require_rows(describe().name, x, describe().least_rows);
    std::vector<double> row(static_cast<std::size_t>(x.width())), sum(row.size());
    double own = 0;
    for (index i = 0; i < x.rows(); ++i) {
      x.read_row(i, row.data());
      normalize_row(row.data(), x.width());
      own += linalg::inner_product(row.data(), row.data(), x.width());
      for (std::size_t j = 0; j < row.size(); ++j) sum[j] += row[j];
    }
    double squared = 0;
    for (double s : sum) squared += s * s;
    const double n = static_cast<double>(x.rows());
    return (squared - own) / (n * (n - 1));
  }
};

/// min F(u) / max F(u), F(u) = sum_i exp(u . x_i), over the eigenvectors u of X^T X and their negatives: in (0, 1], 1
/// is isotropic. Both signs are taken because a solver's signs are arbitrary. Rows enter as they are; the value depends
/// on their scale (towards 1 for short rows, towards 0 for long ones), and on the basis where eigenvalues coincide.
/// Summed as logarithms: long rows do not overflow. Source: Mu & Viswanath, All-but-the-top, ICLR 2018 (after Arora et
/// al. 2016).
struct isotropy_partition {
  static constexpr description describe() {
    return {.name = "isotropy_partition",
            .definition = "min F / max F, F(u) = sum exp(u . x), over eigenvectors u of X'X and -u; rows as given",
            .cost = "O(min(n,d)^2 max(n,d)), with eigenvectors",
            .source = "Mu & Viswanath 2018",
            .unchanged_by = {.scale = false}};
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    require_rows(describe().name, x, describe().least_rows);
    const prepared_matrix rows = prepare(x);
    const index n = rows.rows, d = rows.width;
    const gram_matrix gram(rows);
    const linalg::eigen_decomposition eigen = linalg::symmetric_eigen(gram.values, gram.side, linalg::want::vectors);
    std::vector<log_sum_exp> f(static_cast<std::size_t>(2 * gram.side));  // along u, and against it
    const auto add = [&](index direction, double projection) {
      f[static_cast<std::size_t>(2 * direction)].add(projection);
      f[static_cast<std::size_t>(2 * direction + 1)].add(-projection);
    };
    if (n < d) {
      // The eigenvectors v of X X^T give u = X^T v / s, along which row j projects to s v_j.
      for (index i = 0; i < n; ++i) {
        const double s = std::sqrt(std::max(eigen.values[static_cast<std::size_t>(i)], 0.0));
        for (index j = 0; j < n; ++j) add(i, s * eigen.vectors[static_cast<std::size_t>(i * n + j)]);
      }
    } else {
      const linalg::packed_vectors u(eigen.vectors.data(), d, d, d, 1), r(rows.values.data(), n, d, d, 1);
      linalg::for_inner_products(u, r, [&](index first, index row, const double* block) {
        for (index i = first; i < std::min(first + u.group, d); ++i)
          for (index j = row; j < std::min(row + u.group, n); ++j) add(i, block[(i - first) * u.group + j - row]);
      });
    }
    double least = f.front().value(), most = least;
    for (const log_sum_exp& direction : f) {
      least = std::min(least, direction.value());
      most = std::max(most, direction.value());
    }
    if (n < d) {  // the other directions are orthogonal to all rows
      least = std::min(least, std::log(static_cast<double>(n)));
      most = std::max(most, std::log(static_cast<double>(n)));
    }
    return std::exp(least - most);
  }
};

}  // namespace cot::geometry
