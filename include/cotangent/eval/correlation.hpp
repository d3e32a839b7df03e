#pragma once
// Pearson's and Spearman's correlation, in double, with ties handled as in statistics.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace cot::eval {

/// Ranks from 1, ascending; equal values share the mean of the ranks they take. -0 equals +0. A NaN in x makes all
/// ranks NaN.
[[nodiscard]] inline std::vector<double> average_ranks(std::span<const double> x) {
  std::vector<double> ranks(x.size());
  if (std::any_of(x.begin(), x.end(), [](double v) { return std::isnan(v); })) {
    std::fill(ranks.begin(), ranks.end(), std::numeric_limits<double>::quiet_NaN());
    return ranks;
  }
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && x[order[last]] == x[order[first]]) ++last;
    const double shared = static_cast<double>(first + 1 + last) / 2;
    for (std::size_t i = first; i < last; ++i) ranks[order[i]] = shared;
  }
  return ranks;
}

/// Pearson's correlation of x and y: two passes, so that a large common offset costs no digits. NaN when a side is
/// constant, holds a NaN, or there are fewer than two pairs. Within [-1, 1].
[[nodiscard]] inline double pearson(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size())
    throw shape_error("pearson", "number of values", std::to_string(x.size()), std::to_string(y.size()));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (x.size() < 2) return nan;
  const auto constant = [](std::span<const double> v) {
    return std::all_of(v.begin(), v.end(), [&](double e) { return e == v.front(); });
  };
  if (constant(x) || constant(y)) return nan;
  const double n = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += (x[i] - x[0]) / n;  // relative to the first value
    mean_y += (y[i] - y[0]) / n;
  }
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = x[i] - x[0] - mean_x, b = y[i] - y[0] - mean_y;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  // One root is exact where x and y are multiples of each other; two do not overflow.
  const double product = xx * yy;
  const double r = xy / (std::isnormal(product) ? std::sqrt(product) : std::sqrt(xx) * std::sqrt(yy));
  return std::isnan(r) ? nan : std::clamp(r, -1.0, 1.0);
}

/// Spearman's correlation: Pearson's of the average ranks. O(n log n). NaN as in `pearson`.
[[nodiscard]] inline double spearman(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size())
    throw shape_error("spearman", "number of values", std::to_string(x.size()), std::to_string(y.size()));
  return pearson(average_ranks(x), average_ranks(y));
}

}  // namespace cot::eval
