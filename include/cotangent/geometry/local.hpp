#pragma once
// Local structure: intrinsic dimension and hubs, from nearest neighbours.

#include <cotangent/geometry/description.hpp>
#include <cotangent/geometry/neighbours.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace cot::geometry {

/// Skewness m3 / m2^1.5 of N_k, how often a row is among the k nearest of others: large when a few rows are everybody's
/// neighbour. 0 when all counts are equal; k is cut to n - 1.
/// Source: Radovanovic et al., Hubs in space, JMLR 2010.
struct hubness_skewness {
  int k = 10;

  static constexpr description describe() {
    return {.name = "hubness_skewness",
            .definition = "skewness of how often a row is among the k nearest of others, Euclidean",
            .cost = "O(n^2 d)",
            .source = "Radovanovic et al. 2010",
            .unchanged_by = {.shift = true},
            .least_rows = 2};
  }
  static constexpr auto options() { return std::tuple(option("k", &hubness_skewness::k, "neighbours, at least 1")); }
  [[nodiscard]] double operator()(const matrix& x) const {
    if (k < 1) throw option_error(describe().name, "k", "at least 1", std::to_string(k));
    require_rows(describe().name, x, describe().least_rows);
    const neighbours near(x, k);
    std::vector<double> count(static_cast<std::size_t>(near.rows()));
    for (index i = 0; i < near.rows(); ++i)
      for (const auto& other : near.of(i)) ++count[static_cast<std::size_t>(other.row)];
    const double n = static_cast<double>(near.rows()), mean = static_cast<double>(near.k());
    double second = 0, third = 0;
    for (double c : count) {
      second += (c - mean) * (c - mean) / n;
      third += (c - mean) * (c - mean) * (c - mean) / n;
    }
    return second == 0 ? 0 : third / std::pow(second, 1.5);
  }
};

/// Intrinsic dimension by maximum likelihood: the harmonic mean over rows of (k - 1) / sum_{j<=k} ln(r_k / r_j), r_j
/// the distance to the j-th nearest. Equal rows (distance 0) are dropped; NaN when too few distances are left. k is cut
/// to n - 1. It underestimates dimensions that are large against ln n. Source: Levina & Bickel 2004, with the mean of
/// MacKay & Ghahramani 2005.
struct lid_mle {
  int k = 20;

  static constexpr description describe() {
    return {.name = "lid_mle",
            .definition = "harmonic mean over rows of (k - 1) / sum ln(r_k / r_j) over the k nearest, Euclidean",
            .cost = "O(n^2 d)",
            .source = "Levina & Bickel 2004; MacKay & Ghahramani 2005",
            .unchanged_by = {.shift = true},
            .least_rows = 3};
  }
  static constexpr auto options() { return std::tuple(option("k", &lid_mle::k, "neighbours, at least 2")); }
  [[nodiscard]] double operator()(const matrix& x) const {
    if (k < 2) throw option_error(describe().name, "k", "at least 2", std::to_string(k));
    require_rows(describe().name, x, describe().least_rows);
    const neighbours near(x, k);
    double inverse = 0, counted = 0;
    for (index i = 0; i < near.rows(); ++i) {
      const double farthest = near.of(i).back().distance;
      double sum = 0, distances = 0;
      for (const auto& other : near.of(i))
        if (other.distance > 0) sum += std::log(farthest / other.distance), ++distances;
      if (distances < 2) continue;
      inverse += sum / (distances - 1);
      ++counted;
    }
    return counted / inverse;
  }
};

/// Intrinsic dimension from the ratio m = r_2 / r_1 of the two smallest distances: the slope through the origin of
/// -ln(1 - F) on ln m, F_i = i / n for the i-th smallest ratio, the largest `discard` of them left out. Rows that have
/// an equal one are dropped; NaN when fewer than two are left. Source: Facco et al., Scientific Reports 2017.
struct two_nn {
  double discard = 0.1;

  static constexpr description describe() {
    return {.name = "two_nn",
            .definition = "slope of -ln(1 - i/n) on ln(r_2 / r_1), sorted, the largest ratios left out, Euclidean",
            .cost = "O(n^2 d)",
            .source = "Facco et al. 2017",
            .unchanged_by = {.shift = true},
            .least_rows = 3};
  }
  static constexpr auto options() {
    return std::tuple(option("discard", &two_nn::discard, "share of the largest ratios to leave out, 0 to below 1"));
  }
  [[nodiscard]] double operator()(const matrix& x) const {
    if (!(discard >= 0 && discard < 1))
      throw option_error(describe().name, "discard", "0 to below 1", std::to_string(discard));
    require_rows(describe().name, x, describe().least_rows);
    const neighbours near(x, 2);
    std::vector<double> ratio;
    for (index i = 0; i < near.rows(); ++i)
      if (near.of(i)[0].distance > 0) ratio.push_back(std::log(near.of(i)[1].distance / near.of(i)[0].distance));
    if (ratio.size() < 2) return std::numeric_limits<double>::quiet_NaN();
    std::sort(ratio.begin(), ratio.end());
    const double n = static_cast<double>(ratio.size());
    const std::size_t kept =
        std::min(static_cast<std::size_t>(n * (1 - discard)), ratio.size() - 1);  // F = 1 has no logarithm
    double xx = 0, xy = 0;
    for (std::size_t i = 0; i < kept; ++i) {
      xx += ratio[i] * ratio[i];
      xy -= ratio[i] * std::log1p(-static_cast<double>(i + 1) / n);
    }
    return xy / xx;
  }
};

}  // namespace cot::geometry
