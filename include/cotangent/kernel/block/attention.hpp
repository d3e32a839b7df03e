#pragma once
// Attention as block programs, forward and backward: simple ones, for any block. Formulas: core/attention.hpp. Keys are
// visited in chunks whose weights lie in shared memory, with a running maximum, so that a sentence may have any length.

#include <cotangent/core/attention.hpp>
#include <cotangent/core/block.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/kernel/number.hpp>

#include <cmath>
#include <cstdint>

namespace cot {

namespace detail {

/// Shared memory of one block: two arrays of `attention_chunk` weights and four rows of a head.
inline constexpr int attention_chunk = 256;
template <class A>
inline constexpr int attention_shared = 16384 / static_cast<int>(sizeof(A));

COT_FN inline float exp2(float x) { return std::exp2(x); }
COT_FN inline double exp2(double x) { return std::exp2(x); }

template <class A, class T>
[[nodiscard]] COT_FN inline A inner_product(const A* x, const T* y, index n) {
  A sum(0);
  for (index c = 0; c < n; ++c) sum += x[c] * load<A>(y + c);
  return sum;
}
template <class A, class T>
[[nodiscard]] COT_FN inline A inner_product_of(const T* x, const T* y, index n) {
  A sum(0);
  for (index c = 0; c < n; ++c) sum += load<A>(x + c) * load<A>(y + c);
  return sum;
}

/// The layout as a block wants it: which sentence a token belongs to, and the mask of the weights.
template <class A>
struct attention_rule {
  attention_layout layout;
  std::uint32_t threshold;
  A kept;

  explicit attention_rule(const attention_layout& l)
      : layout(l), threshold(dropout_threshold(l.dropout)), kept(static_cast<A>(1 / (1 - l.dropout))) {}

  /// The sentence that owns a token: the last that begins at or before it.
  [[nodiscard]] COT_FN index sentence_of(index token) const {
    index low = 0, high = layout.sentences;
    while (high - low > 1) {
      const index middle = (low + high) / 2;
      (layout.offsets[middle] <= token ? low : high) = middle;
    }
    return low;
  }
  [[nodiscard]] COT_FN index group() const { return layout.heads / layout.kv_heads; }
  [[nodiscard]] COT_FN A base2_scale() const { return static_cast<A>(layout.scale * 1.4426950408889634); }

  /// M_ij: 0 or 1 / (1 - p).
  [[nodiscard]] COT_FN A mask(index sentence, index head, index i, index j, index length) const {
    if (threshold == 0) return A(1);
    const auto row = static_cast<std::uint32_t>(layout.first_row + sentence);
    return random_bits(layout.at, row, static_cast<std::uint32_t>(head), i * length + j) >= threshold ? kept : A(0);
  }
};

}  // namespace detail

/// The widest head that the programs below hold in shared memory.
template <class T>
inline constexpr index widest_attention_head =
    (detail::attention_shared<accumulator_of<T>> - 2 * detail::attention_chunk) / 4;

/// One query token and head: b.index() = token * heads + head.
template <class T>
struct attention_program {
  using A = accumulator_of<T>;
  attention_problem<T> problem;
  detail::attention_rule<A> rule;

  explicit attention_program(const attention_problem<T>& p) : problem(p), rule(p.layout) {}

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const attention_layout& l = rule.layout;
    const index d = l.width, head = b.index() % l.heads, token = b.index() / l.heads;
    const index sentence = rule.sentence_of(token), first = l.offsets[sentence],
                length = l.offsets[sentence + 1] - first;
    const index i = token - first, keys = l.causal ? i + 1 : length;
    const T* query = problem.q.data + token * problem.q.stride + head * d;
    const T* key = problem.k.data + first * problem.k.stride + head / rule.group() * d;
    const T* value = problem.v.data + first * problem.v.stride + head / rule.group() * d;
    const A scale = rule.base2_scale();

    A* weight = b.template shared<A, detail::attention_shared<A>>();
    A *q = weight + detail::attention_chunk, *sum = q + d;
    for (index c = b.rank(); c < d; c += b.size()) {
      q[c] = load<A>(query + c);
      sum[c] = A(0);
    }
    b.sync();
    A most = maximum::identity<A>(), total(0);
    for (index from = 0; from < keys; from += detail::attention_chunk) {
      const index count = keys - from < detail::attention_chunk ? keys - from : detail::attention_chunk;
      A largest = maximum::identity<A>(), part(0);
      for (index j = b.rank(); j < count; j += b.size()) {
        weight[j] = scale * detail::inner_product(q, key + (from + j) * problem.k.stride, d);
        largest = max(largest, weight[j]);
      }
      const A before = most;
      most = max(before, b.reduce(largest, maximum{}));
      for (index j = b.rank(); j < count; j += b.size()) {
        const A e = detail::exp2(weight[j] - most);
        part += e;
        weight[j] = e * rule.mask(sentence, head, i, from + j, length);
      }
      const A shrink = detail::exp2(before - most);
      total = total * shrink + b.reduce(part, plus{});
      b.sync();
      for (index c = b.rank(); c < d; c += b.size()) {
        A s = sum[c] * shrink;
        for (index j = 0; j < count; ++j) s += weight[j] * load<A>(value + (from + j) * problem.v.stride + c);
        sum[c] = s;
      }
      b.sync();
    }
    const A reciprocal = A(1) / total;
    T* out = problem.out.data + token * problem.out.stride + head * d;
    for (index c = b.rank(); c < d; c += b.size()) save(out + c, sum[c] * reciprocal);
    if (problem.maximum != nullptr && b.rank() == 0) {
      problem.maximum[head * l.tokens + token] = most;
      problem.reciprocal_sum[head * l.tokens + token] = reciprocal;
    }
  }
};

/// dq of one query token and head: b.index() = token * heads + head.
template <class T>
struct attention_query_pullback_program {
  using A = accumulator_of<T>;
  attention_pullback_problem<T> problem;
  detail::attention_rule<A> rule;

  explicit attention_query_pullback_program(const attention_pullback_problem<T>& p) : problem(p), rule(p.layout) {}

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const attention_layout& l = rule.layout;
    const index d = l.width, head = b.index() % l.heads, token = b.index() / l.heads;
    const index sentence = rule.sentence_of(token), first = l.offsets[sentence],
                length = l.offsets[sentence + 1] - first;
    const index i = token - first, keys = l.causal ? i + 1 : length;
    const T* query = problem.q.data + token * problem.q.stride + head * d;
    const T* upstream = problem.dout.data + token * problem.dout.stride + head * d;
    const T* output = problem.out.data + token * problem.out.stride + head * d;
    const T* key = problem.k.data + first * problem.k.stride + head / rule.group() * d;
    const T* value = problem.v.data + first * problem.v.stride + head / rule.group() * d;
    const A base2 = rule.base2_scale(), scale = static_cast<A>(l.scale);
    const A most = problem.maximum[head * l.tokens + token],
            reciprocal = problem.reciprocal_sum[head * l.tokens + token];

    A* slope = b.template shared<A, detail::attention_shared<A>>();
    A *q = slope + detail::attention_chunk, *dout = q + d, *sum = dout + d;
    A part(0);
    for (index c = b.rank(); c < d; c += b.size()) {
      q[c] = load<A>(query + c);
      dout[c] = load<A>(upstream + c);
      sum[c] = A(0);
      part += dout[c] * load<A>(output + c);
    }
    const A mean = b.reduce(part, plus{});
    b.sync();
    for (index from = 0; from < keys; from += detail::attention_chunk) {
      const index count = keys - from < detail::attention_chunk ? keys - from : detail::attention_chunk;
      for (index j = b.rank(); j < count; j += b.size()) {
        const A p =
            detail::exp2(base2 * detail::inner_product(q, key + (from + j) * problem.k.stride, d) - most) * reciprocal;
        const A dp = rule.mask(sentence, head, i, from + j, length) *
                     detail::inner_product(dout, value + (from + j) * problem.v.stride, d);
        slope[j] = scale * p * (dp - mean);
      }
      b.sync();
      for (index c = b.rank(); c < d; c += b.size()) {
        A s = sum[c];
        for (index j = 0; j < count; ++j) s += slope[j] * load<A>(key + (from + j) * problem.k.stride + c);
        sum[c] = s;
      }
      b.sync();
    }
    T* dq = problem.dq.data + token * problem.dq.stride + head * d;
    for (index c = b.rank(); c < d; c += b.size()) save(dq + c, sum[c]);
  }
};

/// dk and dv of one key token and key head, over all queries that read it: b.index() = token * kv_heads + key head.
template <class T>
struct attention_key_pullback_program {
  using A = accumulator_of<T>;
  attention_pullback_problem<T> problem;
  detail::attention_rule<A> rule;

  explicit attention_key_pullback_program(const attention_pullback_problem<T>& p) : problem(p), rule(p.layout) {}

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const attention_layout& l = rule.layout;
    const index d = l.width, kv_head = b.index() % l.kv_heads, token = b.index() / l.kv_heads;
    const index sentence = rule.sentence_of(token), first = l.offsets[sentence],
                length = l.offsets[sentence + 1] - first;
    const index j = token - first;
    const T* key = problem.k.data + token * problem.k.stride + kv_head * d;
    const T* value = problem.v.data + token * problem.v.stride + kv_head * d;
    const A base2 = rule.base2_scale(), scale = static_cast<A>(l.scale);

    A* slope = b.template shared<A, detail::attention_shared<A>>();
    A *weight = slope + detail::attention_chunk, *k = weight + detail::attention_chunk, *v = k + d, *dk = v + d,
      *dv = dk + d;
    for (index c = b.rank(); c < d; c += b.size()) {
      k[c] = load<A>(key + c);
      v[c] = load<A>(value + c);
      dk[c] = dv[c] = A(0);
    }
    b.sync();
    for (index head = kv_head * rule.group(); head < (kv_head + 1) * rule.group(); ++head) {
      const T* query = problem.q.data + first * problem.q.stride + head * d;
      const T* upstream = problem.dout.data + first * problem.dout.stride + head * d;
      const T* output = problem.out.data + first * problem.out.stride + head * d;
      const index statistic = head * l.tokens + first;
      for (index from = l.causal ? j : 0; from < length; from += detail::attention_chunk) {
        const index count = length - from < detail::attention_chunk ? length - from : detail::attention_chunk;
        for (index x = b.rank(); x < count; x += b.size()) {
          const index i = from + x;
          const T* dout = upstream + i * problem.dout.stride;
          const A mean = detail::inner_product_of<A>(dout, output + i * problem.out.stride, d);
          const A p = detail::exp2(base2 * detail::inner_product(k, query + i * problem.q.stride, d) -
                                   problem.maximum[statistic + i]) *
                      problem.reciprocal_sum[statistic + i];
          const A mask = rule.mask(sentence, head, i, j, length);
          slope[x] = scale * p * (mask * detail::inner_product(v, dout, d) - mean);
          weight[x] = mask * p;
        }
        b.sync();
        for (index c = b.rank(); c < d; c += b.size()) {
          A to_k = dk[c], to_v = dv[c];
          for (index x = 0; x < count; ++x) {
            to_k += slope[x] * load<A>(query + (from + x) * problem.q.stride + c);
            to_v += weight[x] * load<A>(upstream + (from + x) * problem.dout.stride + c);
          }
          dk[c] = to_k;
          dv[c] = to_v;
        }
        b.sync();
      }
    }
    T* to_k = problem.dk.data + token * problem.dk.stride + kv_head * d;
    T* to_v = problem.dv.data + token * problem.dv.stride + kv_head * d;
    for (index c = b.rank(); c < d; c += b.size()) {
      save(to_k + c, dk[c]);
      save(to_v + c, dv[c]);
    }
  }
};

}  // namespace cot
