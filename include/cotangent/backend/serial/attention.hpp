#pragma once
// Attention of the backend `serial`: the formulas of core/attention.hpp as loops, the reference of the others.

#include <cotangent/backend/serial.hpp>
#include <cotangent/core/attention.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace cot {

namespace serial_attention {

/// One sentence and one query head: how its elements are found.
struct sentence_head {
  const attention_layout& layout;
  index sentence, head;

  [[nodiscard]] index first() const { return layout.offsets[sentence]; }
  [[nodiscard]] index length() const { return layout.offsets[sentence + 1] - first(); }
  [[nodiscard]] index kv_head() const { return head / (layout.heads / layout.kv_heads); }
  [[nodiscard]] index keys(index i) const { return layout.causal ? i + 1 : length(); }
  [[nodiscard]] index statistic(index i) const { return head * layout.tokens + first() + i; }

  template <class E>
  [[nodiscard]] E* query_row(attention_rows<E> m, index i) const {
    return m.data + (first() + i) * m.stride + head * layout.width;
  }
  template <class E>
  [[nodiscard]] E* key_row(attention_rows<E> m, index j) const {
    return m.data + (first() + j) * m.stride + kv_head() * layout.width;
  }

  /// M_ij: 0 or 1 / (1 - p).
  template <class A>
  [[nodiscard]] A mask(index i, index j) const {
    if (layout.dropout == 0) return A{1};
    const auto row = static_cast<std::uint32_t>(layout.first_row + sentence), lane = static_cast<std::uint32_t>(head);
    const bool kept = random_bits(layout.at, row, lane, i * length() + j) >= dropout_threshold(layout.dropout);
    return kept ? static_cast<A>(1 / (1 - layout.dropout)) : A{0};
  }
};

template <class A, class T>
[[nodiscard]] A inner_product(const T* x, const T* y, index n) {
  A sum{0};
  for (index c = 0; c < n; ++c) sum += static_cast<A>(x[c]) * static_cast<A>(y[c]);
  return sum;
}

}  // namespace serial_attention

template <class T>
void attention(serial&, const attention_problem<T>& problem) {
  using A = accumulator_of<T>;
  const attention_layout& layout = problem.layout;
  const A scale = static_cast<A>(layout.scale * 1.4426950408889634);
  std::vector<A> weight(static_cast<std::size_t>(layout.longest)), sum(static_cast<std::size_t>(layout.width));
  for (index s = 0; s < layout.sentences; ++s)
    for (index a = 0; a < layout.heads; ++a) {
      const serial_attention::sentence_head at{layout, s, a};
      for (index i = 0; i < at.length(); ++i) {
        const T* q = at.query_row(problem.q, i);
        A maximum = std::numeric_limits<A>::lowest(), total{0};
        for (index j = 0; j < at.keys(i); ++j) {
          A& score = weight[static_cast<std::size_t>(j)];
          score = scale * serial_attention::inner_product<A>(q, at.key_row(problem.k, j), layout.width);
          maximum = std::max(maximum, score);
        }
        for (index j = 0; j < at.keys(i); ++j)
          total += weight[static_cast<std::size_t>(j)] = std::exp2(weight[static_cast<std::size_t>(j)] - maximum);
        const A reciprocal = A{1} / total;
        std::fill(sum.begin(), sum.end(), A{0});
        for (index j = 0; j < at.keys(i); ++j) {
          const A p = weight[static_cast<std::size_t>(j)] * reciprocal * at.mask<A>(i, j);
          const T* v = at.key_row(problem.v, j);
          for (index c = 0; c < layout.width; ++c) sum[static_cast<std::size_t>(c)] += p * static_cast<A>(v[c]);
        }
        T* out = at.query_row(problem.out, i);
        for (index c = 0; c < layout.width; ++c) out[c] = static_cast<T>(sum[static_cast<std::size_t>(c)]);
        if (problem.maximum != nullptr) {
          problem.maximum[at.statistic(i)] = maximum;
          problem.reciprocal_sum[at.statistic(i)] = reciprocal;
        }
      }
    }
}

template <class T>
void attention_pullback(serial&, const attention_pullback_problem<T>& problem) {
  using A = accumulator_of<T>;
  const attention_layout& layout = problem.layout;
  const A base2 = static_cast<A>(layout.scale * 1.4426950408889634), scale = static_cast<A>(layout.scale);
  const auto d = static_cast<std::size_t>(layout.width);
  const auto longest = static_cast<std::size_t>(layout.longest);
  std::vector<A> dq(d), dk(longest * d), dv(longest * d);
  for (index s = 0; s < layout.sentences; ++s)
    for (index a = 0; a < layout.heads; ++a) {
      const serial_attention::sentence_head at{layout, s, a};
      const index group = layout.heads / layout.kv_heads;
      if (a % group == 0) {
        std::fill(dk.begin(), dk.end(), A{0});
        std::fill(dv.begin(), dv.end(), A{0});
      }
      for (index i = 0; i < at.length(); ++i) {
        const T *q = at.query_row(problem.q, i), *dout = at.query_row(problem.dout, i);
        const A maximum = problem.maximum[at.statistic(i)], reciprocal = problem.reciprocal_sum[at.statistic(i)];
        const A mean = serial_attention::inner_product<A>(dout, at.query_row(problem.out, i), layout.width);
        std::fill(dq.begin(), dq.end(), A{0});
        for (index j = 0; j < at.keys(i); ++j) {
          const T *k = at.key_row(problem.k, j), *v = at.key_row(problem.v, j);
          const A p = std::exp2(base2 * serial_attention::inner_product<A>(q, k, layout.width) - maximum) * reciprocal;
          const A mask = at.mask<A>(i, j), dp = mask * serial_attention::inner_product<A>(dout, v, layout.width);
          const A ds = scale * p * (dp - mean);
          A *dk_row = dk.data() + static_cast<std::size_t>(j) * d,
            *dv_row = dv.data() + static_cast<std::size_t>(j) * d;
          for (std::size_t c = 0; c < d; ++c) {
            dq[c] += ds * static_cast<A>(k[c]);
            dk_row[c] += ds * static_cast<A>(q[c]);
            dv_row[c] += mask * p * static_cast<A>(dout[c]);
          }
        }
        T* to = at.query_row(problem.dq, i);
        for (std::size_t c = 0; c < d; ++c) to[c] = static_cast<T>(dq[c]);
      }
      if ((a + 1) % group == 0)
        for (index j = 0; j < at.length(); ++j) {
          T *to_k = at.key_row(problem.dk, j), *to_v = at.key_row(problem.dv, j);
          for (std::size_t c = 0; c < d; ++c) {
            to_k[c] = static_cast<T>(dk[static_cast<std::size_t>(j) * d + c]);
            to_v[c] = static_cast<T>(dv[static_cast<std::size_t>(j) * d + c]);
          }
        }
    }
}

}  // namespace cot
