#pragma once
// `geometry::matrix`: what every estimator takes, and how it is read.

#include <cotangent/core/error.hpp>
#include <cotangent/core/view.hpp>

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace cot::geometry {

/// Embeddings, one a row, [n, d]: a read-only window on float or double rows in host memory. Views, tensors and values
/// on a tape convert to it. Estimators compute in double whatever the input.
class matrix {
 public:
  matrix() = default;

  template <class T, class B>
    requires std::same_as<std::remove_const_t<T>, float> && B::host_memory
  matrix(const view<T, 2, B>& v)  // NOLINT: a matrix is a view
      : floats_(v.data()), sizes_(v.sizes()), strides_(v.strides()) {}

  template <class T, class B>
    requires std::same_as<std::remove_const_t<T>, double> && B::host_memory
  matrix(const view<T, 2, B>& v)  // NOLINT
      : doubles_(v.data()), sizes_(v.sizes()), strides_(v.strides()) {}

  template <class X>
    requires requires(const X& x) { matrix(x.view()); }
  matrix(const X& tensor) : matrix(tensor.view()) {}  // NOLINT

  template <class X>
    requires requires(const X& x) { matrix(x.value()); }
  matrix(const X& variable) : matrix(variable.value()) {}  // NOLINT

  [[nodiscard]] index rows() const { return sizes_[0]; }
  [[nodiscard]] index width() const { return sizes_[1]; }
  [[nodiscard]] const shape<2>& sizes() const { return sizes_; }

  [[nodiscard]] double operator()(index i, index j) const {
    const index at = i * strides_[0] + j * strides_[1];
    return floats_ != nullptr ? static_cast<double>(floats_[at]) : doubles_[at];
  }

  /// Row i as doubles.
  void read_row(index i, double* to) const {
    if (floats_ != nullptr)
      for (index j = 0; j < width(); ++j) to[j] = static_cast<double>(floats_[i * strides_[0] + j * strides_[1]]);
    else
      for (index j = 0; j < width(); ++j) to[j] = doubles_[i * strides_[0] + j * strides_[1]];
  }

  /// Rows [first, last).
  [[nodiscard]] matrix rows(index first, index last) const {
    matrix m = *this;
    m.sizes_[0] = last - first;
    if (m.floats_ != nullptr) m.floats_ += first * strides_[0];
    if (m.doubles_ != nullptr) m.doubles_ += first * strides_[0];
    return m;
  }

 private:
  const float* floats_ = nullptr;
  const double* doubles_ = nullptr;
  shape<2> sizes_{};
  shape<2> strides_{};
};

/// Throws unless x has at least `least` rows, at least one column, and only finite entries.
inline void require_rows(std::string_view estimator, const matrix& x, index least) {
  if (x.rows() < least || x.width() < 1)
    throw shape_error(estimator, "embeddings",
                      "at least " + std::to_string(least) + (least == 1 ? " row" : " rows") + " and 1 column",
                      to_string(x.sizes()));
  for (index i = 0; i < x.rows(); ++i)
    for (index j = 0; j < x.width(); ++j)
      if (const double value = x(i, j); !std::isfinite(value))
        throw error(error_text(estimator, "row " + std::to_string(i) + ", column " + std::to_string(j),
                               "a finite number",
                               std::isnan(value) ? "nan"
                               : value > 0       ? "inf"
                                                 : "-inf"));
}

/// Throws unless the two describe the same items in the same order: equal shapes.
inline void require_pairs(std::string_view estimator, const matrix& x, const matrix& y) {
  if (!(x.sizes() == y.sizes()))
    throw shape_error(estimator, "the two views differ", to_string(x.sizes()), to_string(y.sizes()));
}

}  // namespace cot::geometry
