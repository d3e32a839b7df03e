#pragma once
// How alike two sets of embeddings of the same items are, such as those before and after a training. The widths may
// differ.

#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/neighbours.hpp>
#include <cotangent/geometry/spectrum.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace cot::geometry {

/// Throws unless row i of both can be the same item, and both are valid.
inline void require_same_rows(std::string_view estimator, const matrix& x, const matrix& y, index least) {
  if (x.rows() != y.rows())
    throw shape_error(estimator, "rows of the second set", std::to_string(x.rows()), std::to_string(y.rows()));
  require_rows(estimator, x, least);
  require_rows(estimator, y, least);
}

/// X^T Y, [width of x, width of y].
[[nodiscard]] inline prepared_matrix cross_products(const prepared_matrix& x, const prepared_matrix& y) {
  prepared_matrix c{x.width, y.width, std::vector<double>(static_cast<std::size_t>(x.width * y.width))};
  constexpr index chunk = 1024, group = linalg::packed_vectors::group;
  for (index first = 0; first < x.rows; first += chunk) {
    const index size = std::min(chunk, x.rows - first);
    const linalg::packed_vectors a(x.row(first), x.width, size, 1, x.width), b(y.row(first), y.width, size, 1, y.width);
    linalg::for_inner_products(a, b, [&](index row, index column, const double* block) {
      for (index i = row; i < std::min(row + group, c.rows); ++i)
        for (index j = column; j < std::min(column + group, c.width); ++j)
          c.row(i)[j] += block[(i - row) * group + j - column];
    });
  }
  return c;
}

/// |X^T Y|_F^2 = <X X^T, Y Y^T>, by the smaller of the two products.
[[nodiscard]] inline double cross_squared_norm(const prepared_matrix& x, const prepared_matrix& y) {
  if (x.rows < std::min(x.width, y.width)) {
    const gram_matrix a(x), b(y);
    return linalg::inner_product(a.values.data(), b.values.data(), a.side * a.side);
  }
  const prepared_matrix c = cross_products(x, y);
  return linalg::inner_product(c.values.data(), c.values.data(), c.rows * c.width);
}

/// |Y^T X|_F^2 / (|X^T X|_F |Y^T Y|_F) of centred rows: 1 for sets that differ by a rotation and a scale. Biased
/// upwards when rows are few against columns. NaN where all rows of a set are equal. Source: Kornblith et al.,
/// Similarity of neural network representations revisited, ICML 2019.
struct linear_cka {
  static constexpr description describe() {
    return {.name = "linear_cka",
            .definition = "|Y'X|^2 / (|X'X| |Y'Y|), Frobenius norms, centred rows",
            .cost = "O(n d min(n,d))",
            .source = "Kornblith et al. 2019",
            .takes = input::paired_rows,
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  [[nodiscard]] double operator()(const matrix& x, const matrix& y) const {
    require_same_rows(describe().name, x, y, describe().least_rows);
    const prepared_matrix a = prepare(x, {.centre = true}), b = prepare(y, {.centre = true});
    return cross_squared_norm(a, b) / std::sqrt(gram_matrix(a).squared_norm()) /
           std::sqrt(gram_matrix(b).squared_norm());
  }
};

/// CKA from unbiased estimates: h(X, Y) / sqrt(h(X, X) h(Y, Y)), where, over centred rows and with f = sum |x_i|^2
/// |y_i|^2,
///   h(X, Y) n (n-3) = |X^T Y|_F^2 - f + sum |x_i|^2 sum |y_i|^2 / ((n-1)(n-2)) - 2 f / (n-2).
/// Near 0 for unrelated sets of any size. Source: Song et al., JMLR 2012; Nguyen et al., ICLR 2021.
struct linear_cka_debiased {
  static constexpr description describe() {
    return {.name = "linear_cka_debiased",
            .definition = "linear CKA from unbiased estimates of the three terms",
            .cost = "O(n d min(n,d))",
            .source = "Song et al. 2012; Nguyen et al. 2021",
            .takes = input::paired_rows,
            .unchanged_by = {.shift = true},
            .least_rows = 4};
  }
  [[nodiscard]] double operator()(const matrix& x, const matrix& y) const {
    require_same_rows(describe().name, x, y, describe().least_rows);
    const prepared_matrix a = prepare(x, {.centre = true}), b = prepare(y, {.centre = true});
    const double ab = unbiased(a, b, cross_squared_norm(a, b));
    const double aa = unbiased(a, a, gram_matrix(a).squared_norm()), bb = unbiased(b, b, gram_matrix(b).squared_norm());
    return ab / std::sqrt(aa) / std::sqrt(bb);
  }

 private:
  [[nodiscard]] static double unbiased(const prepared_matrix& a, const prepared_matrix& b, double squared_norm) {
    double f = 0, length_a = 0, length_b = 0;
    for (index i = 0; i < a.rows; ++i) {
      const double p = linalg::inner_product(a.row(i), a.row(i), a.width),
                   q = linalg::inner_product(b.row(i), b.row(i), b.width);
      f += p * q;
      length_a += p;
      length_b += q;
    }
    const double n = static_cast<double>(a.rows);
    return squared_norm - f + length_a * length_b / ((n - 1) * (n - 2)) -
           2 * f / (n - 2);  // the factor n (n - 3) cancels
  }
};

/// 2 - 2 |X^T Y|_* of centred rows scaled to Frobenius norm 1: the squared distance that is left after the best
/// rotation, 0 to 2. NaN where all rows of a set are equal. Source: Schoenemann 1966, normalised.
struct procrustes {
  static constexpr description describe() {
    return {.name = "procrustes",
            .definition = "2 - 2 * nuclear norm of X'Y, centred and of Frobenius norm 1",
            .cost = "O(n d^2 + d^3)",
            .source = "Schoenemann 1966, normalised",
            .takes = input::paired_rows,
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  [[nodiscard]] double operator()(const matrix& x, const matrix& y) const {
    require_same_rows(describe().name, x, y, describe().least_rows);
    const prepared_matrix a = unit_norm(x), b = unit_norm(y);
    const prepared_matrix c = cross_products(a, b);
    if (std::isnan(c.values.front())) return c.values.front();
    const view<const double, 2> cross(c.values.data(), shape<2>{c.rows, c.width});
    double nuclear = 0;
    for (double s : spectrum(cross).singular_values()) nuclear += s;
    return std::max(2 - 2 * nuclear, 0.0);
  }

 private:
  [[nodiscard]] static prepared_matrix unit_norm(const matrix& x) {
    prepared_matrix m = prepare(x, {.centre = true});
    const double norm = std::sqrt(linalg::inner_product(m.values.data(), m.values.data(), m.rows * m.width));
    for (double& v : m.values) v /= norm;
    return m;
  }
};

/// The mean share of a row's k nearest neighbours that it keeps, Euclidean; k is cut to n - 1.
struct neighbour_overlap {
  int k = 10;

  static constexpr description describe() {
    return {.name = "neighbour_overlap",
            .definition = "mean share of the k nearest neighbours that both sets have in common, Euclidean",
            .cost = "O(n^2 d)",
            .source = "Wendlandt et al. 2018 and others",
            .takes = input::paired_rows,
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  static constexpr auto options() { return std::tuple(option("k", &neighbour_overlap::k, "neighbours, at least 1")); }
  [[nodiscard]] double operator()(const matrix& x, const matrix& y) const {
    if (k < 1) throw option_error(describe().name, "k", "at least 1", std::to_string(k));
    require_same_rows(describe().name, x, y, describe().least_rows);
    const neighbours a(x, k), b(y, k);
    double common = 0;
    for (index i = 0; i < a.rows(); ++i)
      for (const auto& p : a.of(i))
        for (const auto& q : b.of(i))
          if (p.row == q.row) ++common;
    return common / static_cast<double>(a.rows() * a.k());
  }
};

}  // namespace cot::geometry
