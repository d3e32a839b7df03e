#pragma once
// `spectrum`: the squared singular values of prepared embeddings, computed once and shared by all spectral estimators.

#include <cotangent/backend/cpu/linalg.hpp>
#include <cotangent/geometry/gram.hpp>
#include <cotangent/geometry/moments.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace cot::geometry {

/// Descending, min(rows, width) of them, for the prepared matrix M: eigenvalues l_i of M^T M and singular values
/// s_i = sqrt(l_i). They come from the smaller Gram matrix in double: l below side * eps * l_1 cannot be told from
/// rounding (s below about 1e-7 s_1 at side 64) and is given as exactly 0, so that a direction that is missing counts
/// for nothing.
class spectrum {
 public:
  explicit spectrum(const matrix& x, preparation how = {}) : rows_(x.rows()), width_(x.width()), how_(how) {
    require_rows("spectrum", x, 1);
    const gram_matrix gram(prepare(x, how));
    solve(gram.values, gram.side);
  }

  /// Of everything that was observed; `centre` chooses the scatter or the raw second moment.
  explicit spectrum(const moments& m, bool centre = false)
      : rows_(m.count()), width_(m.width()), how_{.centre = centre} {
    if (m.count() < 1) throw shape_error("spectrum", "moments", "at least 1 observed row", "0");
    if (centre)
      solve(m.scatter(), width_);
    else
      solve(m.raw_second_moment(), width_);
    eigenvalues_.resize(static_cast<std::size_t>(std::min(rows_, width_)));
  }

  [[nodiscard]] index rows() const { return rows_; }
  [[nodiscard]] index width() const { return width_; }
  [[nodiscard]] preparation prepared() const { return how_; }
  [[nodiscard]] std::span<const double> eigenvalues() const { return eigenvalues_; }
  [[nodiscard]] std::vector<double> singular_values() const {
    std::vector<double> s = eigenvalues_;
    for (double& x : s) x = std::sqrt(x);
    return s;
  }

 private:
  void solve(std::span<const double> gram, index side) {
    eigenvalues_ = linalg::symmetric_eigen(gram, side).values;
    std::reverse(eigenvalues_.begin(), eigenvalues_.end());
    const double floor = eigenvalues_.front() * static_cast<double>(side) * std::numeric_limits<double>::epsilon();
    for (double& l : eigenvalues_)
      if (!(l > floor)) l = 0;
  }

  index rows_;
  index width_;
  preparation how_;
  std::vector<double> eigenvalues_;
};

/// p_i = x_i / sum x. All NaN when the sum is 0: nothing is distributed.
[[nodiscard]] inline std::vector<double> shares(std::span<const double> x) {
  double sum = 0;
  for (double v : x) sum += v;
  std::vector<double> p(x.begin(), x.end());
  for (double& v : p) v /= sum;
  return p;
}

/// H(p) = -sum p ln p in nats, with 0 ln 0 = 0.
[[nodiscard]] inline double entropy(std::span<const double> p) {
  double sum = 0;
  for (double v : p)
    if (v != 0) sum -= v * std::log(v);
  return sum;
}

}  // namespace cot::geometry
