#pragma once
// `moments`: count, mean and second moment of embeddings that arrive in batches, in any grouping.

#include <cotangent/backend/cpu/inner_products.hpp>
#include <cotangent/geometry/preparation.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cot::geometry {

/// Feed it batch by batch; merge what threads or ranks collected. Memory is width^2 doubles, whatever the count; every
/// sum is in double. The scatter sum_i (x_i - mean)(x_i - mean)^T is kept relative to the mean, updated by
///   scatter = scatter_a + scatter_b + n_a n_b / (n_a + n_b) (mean_b - mean_a)(mean_b - mean_a)^T
/// (Chan, Golub & LeVeque 1979), so that a mean far from the origin costs no digits. Another grouping of the same rows
/// changes results by rounding only.
class moments {
 public:
  explicit moments(index width)
      : width_(width), mean_(static_cast<std::size_t>(width)), scatter_(static_cast<std::size_t>(width * width)) {
    if (width < 1) throw shape_error("moments", "width", "at least 1", std::to_string(width));
  }

  /// Adds the rows of x, [any, width]. Values that are not finite are an error, and nothing of x is added then.
  void observe(const matrix& x) {
    if (x.width() != width_) throw shape_error("moments", "width", std::to_string(width_), std::to_string(x.width()));
    if (x.rows() == 0) return;
    require_rows("moments", x, 1);
    for (index first = 0; first < x.rows(); first += chunk)
      observe_chunk(x.rows(first, std::min(first + chunk, x.rows())));
  }

  /// As if the other's rows had been observed here.
  void merge(const moments& other) {
    if (other.width_ != width_)
      throw shape_error("moments: merge", "width", std::to_string(width_), std::to_string(other.width_));
    add(other.count_, other.mean_, other.scatter_);
  }

  [[nodiscard]] index count() const { return count_; }
  [[nodiscard]] index width() const { return width_; }
  [[nodiscard]] std::span<const double> mean() const { return mean_; }
  /// sum_i (x_i - mean)(x_i - mean)^T, [width, width]. Divide by count - 1 for the covariance.
  [[nodiscard]] std::span<const double> scatter() const { return scatter_; }
  /// sum_i x_i x_i^T, [width, width].
  [[nodiscard]] std::vector<double> raw_second_moment() const {
    std::vector<double> raw = scatter_;
    add_outer(raw, mean_, static_cast<double>(count_));
    return raw;
  }

 private:
  static constexpr index chunk = 1024;

  void observe_chunk(const matrix& x) {
    prepared_matrix rows = prepare(x);
    const std::vector<double> mean = mean_row(rows);
    subtract_row(rows, mean);
    std::vector<double> scatter(scatter_.size());
    linalg::add_gram(linalg::packed_vectors(rows.values.data(), width_, rows.rows, 1, width_), scatter.data());
    add(rows.rows, mean, scatter);
  }

  void add(index count, const std::vector<double>& mean, const std::vector<double>& scatter) {
    if (count == 0) return;
    const double n = static_cast<double>(count_), m = static_cast<double>(count);
    std::vector<double> shift(mean_.size());
    for (std::size_t j = 0; j < shift.size(); ++j) shift[j] = mean[j] - mean_[j];
    for (std::size_t i = 0; i < scatter_.size(); ++i) scatter_[i] += scatter[i];
    if (count_ > 0) add_outer(scatter_, shift, n * m / (n + m));
    for (std::size_t j = 0; j < shift.size(); ++j) mean_[j] += shift[j] * (m / (n + m));
    count_ += count;
  }

  void add_outer(std::vector<double>& to, const std::vector<double>& x, double factor) const {
    const std::size_t d = x.size();
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j) to[i * d + j] += factor * x[i] * x[j];
  }

  index width_;
  index count_ = 0;
  std::vector<double> mean_;
  std::vector<double> scatter_;
};

}  // namespace cot::geometry
