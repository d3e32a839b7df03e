#pragma once
// The nearest neighbours of every row among the others, without the n x n distances.

#include <cotangent/backend/cpu/inner_products.hpp>
#include <cotangent/geometry/preparation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace cot::geometry {

/// For each row its k nearest others by Euclidean distance, nearest first, equal distances in the order of rows; k is
/// cut to n - 1. Candidates come from tiles of inner products of the centred rows; the distances of the best are then
/// computed from differences, so that near neighbours keep their digits. O(n^2 d) time, O(n (d + k)) memory.
class neighbours {
 public:
  struct neighbour {
    double distance;
    index row;
    [[nodiscard]] bool operator<(const neighbour& other) const {
      return distance < other.distance || (distance == other.distance && row < other.row);
    }
  };

  neighbours(const matrix& x, index k) : k_(std::min(k, x.rows() - 1)), nearest_(static_cast<std::size_t>(x.rows())) {
    const prepared_matrix rows = prepare(x, {.centre = true});
    const index n = rows.rows;
    const linalg::packed_vectors packed(rows.values.data(), n, rows.width, rows.width, 1);
    std::vector<double> squared(nearest_.size());
    for (index i = 0; i < n; ++i)
      squared[static_cast<std::size_t>(i)] = linalg::inner_product(rows.row(i), rows.row(i), rows.width);
    linalg::for_inner_products(packed, packed, [&](index row, index column, const double* block) {
      for (index i = row; i < std::min(row + packed.group, n); ++i)
        for (index j = column; j < std::min(column + packed.group, i); ++j) {
          const double product = block[(i - row) * packed.group + j - column];
          const double apart =
              squared[static_cast<std::size_t>(i)] + squared[static_cast<std::size_t>(j)] - 2 * product;
          offer(i, {apart, j});
          offer(j, {apart, i});
        }
    });
    std::vector<double> difference(static_cast<std::size_t>(rows.width));
    for (index i = 0; i < n; ++i) {
      auto& own = nearest_[static_cast<std::size_t>(i)];
      for (neighbour& other : own) {
        for (std::size_t j = 0; j < difference.size(); ++j) difference[j] = rows.row(i)[j] - rows.row(other.row)[j];
        other.distance = std::sqrt(linalg::inner_product(difference.data(), difference.data(), rows.width));
      }
      std::sort(own.begin(), own.end());
      own.resize(static_cast<std::size_t>(k_));
    }
  }

  [[nodiscard]] index k() const { return k_; }
  [[nodiscard]] index rows() const { return static_cast<index>(nearest_.size()); }
  [[nodiscard]] const std::vector<neighbour>& of(index row) const { return nearest_[static_cast<std::size_t>(row)]; }

 private:
  void offer(index row, neighbour candidate) {
    constexpr index spare = 8;  // candidates beyond k, for those that rounding has put in the wrong order
    auto& own = nearest_[static_cast<std::size_t>(row)];
    const bool full = static_cast<index>(own.size()) == k_ + spare;
    if (full && !(candidate < own.back())) return;
    if (full) own.pop_back();
    own.insert(std::upper_bound(own.begin(), own.end(), candidate), candidate);
  }

  index k_;
  std::vector<std::vector<neighbour>> nearest_;
};

}  // namespace cot::geometry
