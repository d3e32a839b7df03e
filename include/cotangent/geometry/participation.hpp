#pragma once
// How evenly the variance is spread over directions, without an entropy: ratios of moments of the spectrum.

#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/spectrum.hpp>

#include <string>
#include <tuple>

namespace cot::geometry {

/// |X|_F^2 / s_1^2: 1 when one direction holds everything; the smallest of the Renyi ranks of the raw embeddings.
struct stable_rank {
  static constexpr description describe() {
    return {.name = "stable_rank",
            .definition = "sum s^2 / s_1^2, s the singular values; rows as given",
            .cost = "O(min(n,d)^2 max(n,d))",
            .source = "Rudelson & Vershynin 2007"};
  }
  static constexpr preparation prepared = {};
  [[nodiscard]] double operator()(const spectrum& s) const {
    double sum = 0;
    for (double l : s.eigenvalues()) sum += l;
    return sum / s.eigenvalues().front();
  }
  [[nodiscard]] double operator()(const matrix& x) const { return (*this)(spectrum(x, prepared)); }
};

/// sum l / l_1 over the eigenvalues of the covariance: the stable rank of the centred embeddings. NaN where all rows
/// are equal. Source: He & Ozay, Exploring the gap between collapsed and whitened features, ICML 2022.
struct nesum {
  static constexpr description describe() {
    return {.name = "nesum",
            .definition = "sum l / l_1, l the eigenvalues of the covariance",
            .cost = "O(min(n,d)^2 max(n,d))",
            .source = "He & Ozay 2022",
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  static constexpr preparation prepared = {.centre = true};
  [[nodiscard]] double operator()(const spectrum& s) const { return stable_rank{}(s); }
  [[nodiscard]] double operator()(const matrix& x) const {
    require_rows(describe().name, x, describe().least_rows);
    return (*this)(spectrum(x, prepared));
  }
};

/// (tr S)^2 / |S|_F^2 = (sum l)^2 / sum l^2 of the covariance, without an eigensolver: between 1 and the rank. A sample
/// of n rows underestimates it: an isotropic Gaussian gives about d / (1 + (d + 1) / (n - 1)). NaN where all rows are
/// equal.
struct participation_ratio {
  static constexpr description describe() {
    return {.name = "participation_ratio",
            .definition = "(sum l)^2 / sum l^2, l the eigenvalues of the covariance",
            .cost = "O(min(n,d)^2 max(n,d)), no eigensolver",
            .source = "Gao et al. 2017",
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    require_rows(describe().name, x, describe().least_rows);
    const gram_matrix gram(prepare(x, {.centre = true}));
    return gram.trace() * gram.trace() / gram.squared_norm();
  }
};

/// The participation ratio with the bias of the sample size taken off: with centred rows x_i and unbiased estimate q of
/// tr S^2,  ((tr S)^2 - 2 q / (n - 1)) / q,  where
///   q = (|X X^T|_F^2 - f + e^2 / ((n-1)(n-2)) - 2 f / (n-2)) / (n (n-3)),  e = sum |x_i|^2,  f = sum |x_i|^4.
/// The subtracted term is the Gaussian variance of tr S. NaN where all rows are equal; may fall outside [1, d] on small
/// samples.
struct participation_ratio_unbiased {
  static constexpr description describe() {
    return {.name = "participation_ratio_unbiased",
            .definition = "participation ratio from nearly unbiased estimates of (tr S)^2 and tr S^2",
            .cost = "O(min(n,d)^2 max(n,d)), no eigensolver",
            .source = "U-statistic of tr S^2 over off-diagonal products; this library",
            .unchanged_by = {.shift = true},
            .least_rows = 4};
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    require_rows(describe().name, x, describe().least_rows);
    const prepared_matrix rows = prepare(x, {.centre = true});
    double e = 0, f = 0;
    for (index i = 0; i < rows.rows; ++i) {
      const double length = linalg::inner_product(rows.row(i), rows.row(i), rows.width);
      e += length;
      f += length * length;
    }
    const double n = static_cast<double>(rows.rows);
    const double q =
        (gram_matrix(rows).squared_norm() - f + e * e / ((n - 1) * (n - 2)) - 2 * f / (n - 2)) / (n * (n - 3));
    const double trace = e / (n - 1);
    return (trace * trace - 2 * q / (n - 1)) / q;
  }
};

/// (r - 1) / (d - 1) with r the participation ratio: 0 for one direction, 1 for an isotropic covariance. The closed
/// form of the published algorithm. NaN where all rows are equal; needs d >= 2. Source: Rudman et al., IsoScore, ACL
/// Findings 2022.
struct isoscore {
  static constexpr description describe() {
    return {.name = "isoscore",
            .definition = "(r - 1) / (d - 1), r the participation ratio",
            .cost = "O(min(n,d)^2 max(n,d)), no eigensolver",
            .source = "Rudman et al. 2022",
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    if (x.width() < 2) throw shape_error(describe().name, "embeddings", "at least 2 columns", to_string(x.sizes()));
    require_rows(describe().name, x, describe().least_rows);
    return (participation_ratio{}(x)-1) / (static_cast<double>(x.width()) - 1);
  }
};

/// The IsoScore of (1 - zeta) S + zeta I: a covariance shrunk to the identity, stable on small samples. It is not
/// invariant to scale, because the identity is not. Source: Rudman & Eickhoff, Stable anisotropic regularization, ICLR
/// 2024.
struct isoscore_star {
  double zeta = 0.2;

  static constexpr description describe() {
    return {.name = "isoscore_star",
            .definition = "isoscore of (1 - zeta) S + zeta I, S the covariance",
            .cost = "O(min(n,d)^2 max(n,d)), no eigensolver",
            .source = "Rudman & Eickhoff 2024",
            .unchanged_by = {.scale = false, .shift = true},
            .least_rows = 2};
  }
  static constexpr auto options() {
    return std::tuple(option("zeta", &isoscore_star::zeta, "weight of the identity, 0 to 1"));
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    if (!(zeta >= 0 && zeta <= 1)) throw option_error(describe().name, "zeta", "0 to 1", std::to_string(zeta));
    if (x.width() < 2) throw shape_error(describe().name, "embeddings", "at least 2 columns", to_string(x.sizes()));
    require_rows(describe().name, x, describe().least_rows);
    const gram_matrix gram(prepare(x, {.centre = true}));
    const double d = static_cast<double>(x.width());
    const double share = (1 - zeta) / (static_cast<double>(x.rows()) - 1);
    const double trace = share * gram.trace() + zeta * d;
    const double squared = share * share * gram.squared_norm() + 2 * share * zeta * gram.trace() + zeta * zeta * d;
    return (trace * trace / squared - 1) / (d - 1);
  }
};

}  // namespace cot::geometry
