#pragma once
// A random attention problem with interleaved projections, and what a backend makes of it.

#include <cotangent/core/attention.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace attention_support {

using cot::index;

template <class T>
struct problem {
  std::vector<index> offsets{0};
  cot::attention_layout layout;
  std::vector<T> projection;  // [t, (h + 2 kv) * d]: queries, keys, values
  std::vector<T> dout;        // [t, h * d + 3], the last three columns belong to nobody
  index guard = 3;

  problem(const std::vector<index>& lengths, index heads, index kv_heads, index width, std::uint32_t seed = 1) {
    for (const index length : lengths) {
      offsets.push_back(offsets.back() + length);
      layout.longest = std::max(layout.longest, length);
    }
    layout.sentences = static_cast<index>(lengths.size());
    layout.tokens = offsets.back();
    layout.heads = heads;
    layout.kv_heads = kv_heads;
    layout.width = width;
    layout.scale = 1 / std::sqrt(static_cast<double>(width));
    projection = normal_numbers(layout.tokens * projection_stride(), seed);
    dout = normal_numbers(layout.tokens * out_stride(), seed + 1);
  }

  /// The same numbers as another type.
  template <class Other>
  [[nodiscard]] problem<Other> converted() const {
    problem<Other> p({}, layout.heads, layout.kv_heads, layout.width);
    p.offsets = offsets;
    p.layout = layout;
    p.projection.assign(projection.begin(), projection.end());
    p.dout.assign(dout.begin(), dout.end());
    return p;
  }

  [[nodiscard]] index projection_stride() const { return (layout.heads + 2 * layout.kv_heads) * layout.width; }
  [[nodiscard]] index out_stride() const { return layout.heads * layout.width + guard; }

  static std::vector<T> normal_numbers(index n, std::uint32_t seed) {
    std::vector<T> values;
    const cot::random_site at{seed, 7, 0};
    for (index i = 0; i < n; ++i)
      values.push_back(static_cast<T>(cot::normal(cot::random_bits(at, 0, 0, i), cot::random_bits(at, 0, 1, i))));
    return values;
  }
};

template <class T>
struct answer {
  using A = cot::accumulator_of<T>;
  std::vector<T> out, gradient;  // laid out as dout and projection
  std::vector<A> maximum, reciprocal_sum;

  friend bool operator==(const answer& x, const answer& y) {
    const auto same = [](const auto& a, const auto& b) {
      return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
    };
    return same(x.out, y.out) && same(x.gradient, y.gradient) && same(x.maximum, y.maximum) &&
           same(x.reciprocal_sum, y.reciprocal_sum);
  }
};

/// What nobody may write keeps this value.
inline constexpr double untouched = 77;

template <class T, class B>
answer<T> solve(B& device, const problem<T>& p) {
  const index t = p.layout.tokens, h = p.layout.heads, kv = p.layout.kv_heads, d = p.layout.width;
  answer<T> a;
  a.out.assign(static_cast<std::size_t>(t * p.out_stride()), static_cast<T>(untouched));
  a.gradient.assign(static_cast<std::size_t>(t * p.projection_stride()), static_cast<T>(untouched));
  a.maximum.resize(static_cast<std::size_t>(h * t));
  a.reciprocal_sum.resize(static_cast<std::size_t>(h * t));
  cot::attention_layout layout = p.layout;
  layout.offsets = p.offsets.data();
  const index stride = p.projection_stride();
  const T* q = p.projection.data();
  T* dq = a.gradient.data();
  attention(device, cot::attention_problem<T>{layout,
                                              {q, stride},
                                              {q + h * d, stride},
                                              {q + (h + kv) * d, stride},
                                              {a.out.data(), p.out_stride()},
                                              a.maximum.data(),
                                              a.reciprocal_sum.data()});
  attention_pullback(device, cot::attention_pullback_problem<T>{layout,
                                                                {q, stride},
                                                                {q + h * d, stride},
                                                                {q + (h + kv) * d, stride},
                                                                {a.out.data(), p.out_stride()},
                                                                {p.dout.data(), p.out_stride()},
                                                                a.maximum.data(),
                                                                a.reciprocal_sum.data(),
                                                                {dq, stride},
                                                                {dq + h * d, stride},
                                                                {dq + (h + kv) * d, stride}});
  return a;
}

/// Largest difference relative to the largest absolute value of the reference; infinity when a NaN or a guard breaks.
template <class X>
double distance(const std::vector<X>& x, const std::vector<X>& reference) {
  double worst = 0, most = 1e-30;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const auto a = static_cast<double>(x[i]), b = static_cast<double>(reference[i]);
    if ((a == untouched) != (b == untouched) || std::isnan(a)) return HUGE_VAL;
    if (b == untouched) continue;
    worst = std::max(worst, std::abs(a - b));
    most = std::max(most, std::abs(b));
  }
  return worst / most;
}

template <class T>
double distance(const answer<T>& x, const answer<T>& reference) {
  return std::max(
      std::max(distance(x.out, reference.out), distance(x.gradient, reference.gradient)),
      std::max(distance(x.maximum, reference.maximum), distance(x.reciprocal_sum, reference.reciprocal_sum)));
}

}  // namespace attention_support
