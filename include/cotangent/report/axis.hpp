#pragma once
// Axes: ranges, round tick values, and the map from values to positions.

#include <cotangent/report/format.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace cot::report {

enum class scale { linear, logarithmic };

struct tick {
  double value;
  std::string label;
};

/// Covers what it is shown, then widens to round values. On a logarithmic axis, values that are not positive are
/// ignored.
class axis {
 public:
  explicit axis(scale how = scale::linear) : how_(how) {}

  [[nodiscard]] bool shows(double value) const { return std::isfinite(value) && (how_ == scale::linear || value > 0); }
  void include(double value) {
    if (!shows(value)) return;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }

  /// Settles range and ticks. With `widen` the range ends at ticks, else at the data.
  void settle(int wanted_ticks, bool widen) {
    if (!(least_ <= most_)) {
      least_ = how_ == scale::linear ? 0 : 1;
      most_ = how_ == scale::linear ? 1 : 10;
    }
    if (how_ == scale::logarithmic)
      settle_logarithmic(widen);
    else
      settle_linear(wanted_ticks, widen);
  }

  /// 0 at the lower end, 1 at the upper one.
  [[nodiscard]] double position(double value) const {
    return how_ == scale::linear ? (value - least_) / (most_ - least_)
                                 : std::log(value / least_) / std::log(most_ / least_);
  }
  [[nodiscard]] const std::vector<tick>& ticks() const { return ticks_; }
  [[nodiscard]] double least() const { return least_; }
  [[nodiscard]] double most() const { return most_; }

 private:
  void settle_linear(int wanted, bool widen) {
    const double size = std::max(std::fabs(least_), std::fabs(most_));
    if (most_ - least_ <= 1e-9 * size) {  // equal but for rounding: ticks between would be the same number
      const double margin = size == 0 ? 1 : size * 0.05;
      least_ -= margin;
      most_ += margin;
    }
    const double rough = (most_ - least_) / std::max(wanted, 1);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double part = rough / power;
    const double step = power * (part <= 1.0001 ? 1 : part <= 2.0001 ? 2 : part <= 5.0001 ? 5 : 10);
    const double first = widen ? std::floor(least_ / step + 1e-9) : std::ceil(least_ / step - 1e-9);
    const double last = widen ? std::ceil(most_ / step - 1e-9) : std::floor(most_ / step + 1e-9);
    const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 12);
    for (double i = first; i <= last; ++i) ticks_.push_back({i * step, label(i * step, decimals)});
    if (widen) least_ = first * step, most_ = last * step;
  }

  void settle_logarithmic(bool widen) {
    double low = std::floor(std::log10(least_) + 1e-9), high = std::ceil(std::log10(most_) - 1e-9);
    if (low == high) ++high;
    if (widen) least_ = std::pow(10, low), most_ = std::pow(10, high);
    if (least_ == most_) most_ = least_ * 10;
    const double stride = std::max(1.0, std::ceil((high - low) / 7));
    for (double e = low; e <= high; e += stride)
      for (const double factor : {1.0, 2.0, 5.0})
        if (const double value = factor * std::pow(10, e);
            (factor == 1 || high - low <= 2) && value >= least_ * 0.999 && value <= most_ * 1.001)
          ticks_.push_back({value, general(value, 3)});
  }

  [[nodiscard]] static std::string label(double value, int decimals) {
    if (decimals > 4) return value == 0 ? "0" : general(value, 3);
    return std::fabs(value) >= 1e5 ? with_unit(value) : fixed(value, decimals);
  }

  scale how_;
  double least_ = std::numeric_limits<double>::infinity();
  double most_ = -std::numeric_limits<double>::infinity();
  std::vector<tick> ticks_;
};

}  // namespace cot::report
