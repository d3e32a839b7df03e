#pragma once
// `table_rows`: which rows of an embedding table training has reached. A batch reads some thousand rows of a hundred
// thousand; only those have gradients, moments and updates.

#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace cot {

/// Host-side; ids are below size().
class table_rows {
 public:
  explicit table_rows(index rows) : is_reached_(static_cast<std::size_t>(rows), 0) {}

  [[nodiscard]] index size() const { return static_cast<index>(is_reached_.size()); }
  [[nodiscard]] bool is_reached(std::int32_t id) const { return is_reached_[static_cast<std::size_t>(id)] != 0; }
  /// Rows that some step has reached, ascending.
  [[nodiscard]] std::span<const std::int32_t> reached() const { return reached_; }
  /// Rows that this step has reached, ascending.
  [[nodiscard]] std::span<const std::int32_t> fresh() const { return dense_ ? reached_ : fresh_; }

  void reach(std::span<const std::int32_t> ids) {
    if (dense_) return;
    insert(fresh_, ids);
    const std::size_t known = reached_.size();
    for (const std::int32_t id : ids) {
      auto& mark = is_reached_[static_cast<std::size_t>(id)];
      if (mark == 0) reached_.push_back(id);
      mark = 1;
    }
    if (reached_.size() > known) std::sort(reached_.begin(), reached_.end());
  }
  /// From now on every step may reach every row.
  void reach_all() {
    if (dense_) return;
    dense_ = true;
    std::fill(is_reached_.begin(), is_reached_.end(), std::uint8_t{1});
    reached_.resize(is_reached_.size());
    std::iota(reached_.begin(), reached_.end(), 0);
  }
  void end_step() { fresh_.clear(); }

 private:
  static void insert(std::vector<std::int32_t>& sorted, std::span<const std::int32_t> ids) {
    sorted.insert(sorted.end(), ids.begin(), ids.end());
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  }

  bool dense_ = false;
  std::vector<std::uint8_t> is_reached_;
  std::vector<std::int32_t> reached_, fresh_;
};

}  // namespace cot
