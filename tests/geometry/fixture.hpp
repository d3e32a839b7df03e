#pragma once
// Embeddings to measure: the fixture of tests/golden/geometry.py, and changes of it.

#include <cotangent/geometry/matrix.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace cot::test {

/// An owning matrix of doubles or floats.
template <class T>
struct rows_of {
  index n = 0, d = 0;
  std::vector<T> values;

  rows_of(index count, index width) : n(count), d(width), values(static_cast<std::size_t>(count * width)) {}
  T& operator()(index i, index j) { return values[static_cast<std::size_t>(i * d + j)]; }
  const T& operator()(index i, index j) const { return values[static_cast<std::size_t>(i * d + j)]; }
  [[nodiscard]] cot::view<const T, 2> view() const { return {values.data(), shape<2>{n, d}}; }
};
using rows = rows_of<double>;

template <class F>
rows make_rows(index n, index d, F value) {
  rows x(n, d);
  for (index i = 0; i < n; ++i)
    for (index j = 0; j < d; ++j) x(i, j) = value(i, j);
  return x;
}

inline rows wave(index n, index d) {
  return make_rows(n, d, [](index row, index column) {
    const double i = static_cast<double>(row), j = static_cast<double>(column);
    return std::sin(0.7 * i + 1.3 * j + 0.11 * i * j) / std::sqrt(1 + j) + 0.25 * std::cos(1.9 * i * (j + 1)) +
           0.3 * std::cos(j);
  });
}
inline rows other_view(const rows& x) {
  return make_rows(x.n, x.d, [&](index i, index j) { return std::tanh(1.5 * x(i, j)) + 0.1 * x(i, x.d - 1 - j); });
}
inline rows scaled(const rows& x, double factor) {
  return make_rows(x.n, x.d, [&](index i, index j) { return factor * x(i, j); });
}
inline rows shifted(const rows& x) {
  return make_rows(x.n, x.d, [&](index i, index j) { return x(i, j) + 0.9 - 0.2 * static_cast<double>(j); });
}
/// Row i comes from row 7 i + 3 (mod n), n not a multiple of 7.
inline rows permuted(const rows& x) {
  return make_rows(x.n, x.d, [&](index i, index j) { return x((7 * i + 3) % x.n, j); });
}
/// X (I - 2 u u^T) twice, with different u: a rotation.
inline rows rotated(const rows& x) {
  rows y = x;
  for (const double phase : {0.3, 1.7}) {
    std::vector<double> u(static_cast<std::size_t>(x.d));
    double length = 0;
    for (std::size_t j = 0; j < u.size(); ++j) length += (u[j] = std::cos(phase + 2.1 * static_cast<double>(j))) * u[j];
    for (index i = 0; i < x.n; ++i) {
      double along = 0;
      for (std::size_t j = 0; j < u.size(); ++j) along += y(i, static_cast<index>(j)) * u[j];
      for (std::size_t j = 0; j < u.size(); ++j) y(i, static_cast<index>(j)) -= 2 * along / length * u[j];
    }
  }
  return y;
}
inline rows_of<float> as_float(const rows& x) {
  rows_of<float> y(x.n, x.d);
  for (std::size_t i = 0; i < x.values.size(); ++i) y.values[i] = static_cast<float>(x.values[i]);
  return y;
}

}  // namespace cot::test
