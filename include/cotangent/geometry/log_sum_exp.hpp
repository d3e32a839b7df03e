#pragma once
// `log_sum_exp`: ln sum exp(x) over values that come one by one, without overflow, mergeable.

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace cot::geometry {

class log_sum_exp {
 public:
  void add(double x) {
    if (x <= largest_) {
      sum_ += std::exp(x - largest_);
    } else {
      sum_ = sum_ * std::exp(largest_ - x) + 1;
      largest_ = x;
    }
  }
  /// Many at once: one rescaling for all.
  void add(std::span<const double> values) {
    if (values.empty()) return;
    log_sum_exp part;
    part.largest_ = *std::max_element(values.begin(), values.end());
    for (double x : values) part.sum_ += std::exp(x - part.largest_);
    merge(part);
  }
  void merge(const log_sum_exp& other) {
    if (other.sum_ == 0) return;
    if (other.largest_ <= largest_) {
      sum_ += other.sum_ * std::exp(other.largest_ - largest_);
    } else {
      sum_ = sum_ * std::exp(largest_ - other.largest_) + other.sum_;
      largest_ = other.largest_;
    }
  }
  /// -inf when nothing was added.
  [[nodiscard]] double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

}  // namespace cot::geometry
