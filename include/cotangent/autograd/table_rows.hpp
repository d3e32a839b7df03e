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

/// Host-side. The other rows have gradient and moments 0, so that the dense update only decays them: they are owed
/// those factors, and get them before they are next read, one rounding multiplication a step: the bits of the dense
/// update. `settled` counts the factors that a row has had.
class table_rows {
 public:
  explicit table_rows(index rows)
      : is_reached_(static_cast<std::size_t>(rows), 0), settled_(static_cast<std::size_t>(rows), 0) {}

  [[nodiscard]] index size() const { return static_cast<index>(is_reached_.size()); }
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

  /// One row that is owed factors `from`, ..., `owed` - 1.
  struct debt {
    std::int32_t row, from;
  };
  /// Adds to `debts` those of `ids` that are owed something of `owed` factors, and counts them as settled.
  void settle(std::span<const std::int32_t> ids, std::int32_t owed, std::vector<debt>& debts) {
    for (const std::int32_t id : ids) settle(id, owed, debts);
  }
  void settle_all(std::int32_t owed, std::vector<debt>& debts) {
    for (std::int32_t id = 0; id < static_cast<std::int32_t>(settled_.size()); ++id) settle(id, owed, debts);
  }
  /// The list of factors has been cleared.
  void forget_factors() { std::fill(settled_.begin(), settled_.end(), 0); }

 private:
  void settle(std::int32_t id, std::int32_t owed, std::vector<debt>& debts) {
    auto& had = settled_[static_cast<std::size_t>(id)];
    if (is_reached_[static_cast<std::size_t>(id)] == 0 && had < owed) debts.push_back({id, had});
    had = owed;
  }
  static void insert(std::vector<std::int32_t>& sorted, std::span<const std::int32_t> ids) {
    sorted.insert(sorted.end(), ids.begin(), ids.end());
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  }

  bool dense_ = false;
  std::vector<std::uint8_t> is_reached_;
  std::vector<std::int32_t> settled_;
  std::vector<std::int32_t> reached_, fresh_;
};

}  // namespace cot
