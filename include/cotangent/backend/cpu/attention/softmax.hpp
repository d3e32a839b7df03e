#pragma once
// The softmax of a block of queries, forward and backward. Queries are lanes, so that maxima and sums are vertical;
// both programs make the weights from the scores in the same way, in the accumulator's type. What products read is
// written as E: over the scores, since a register of queries is read before its place is taken.

#include <cotangent/backend/cpu/attention/levels.hpp>
#include <cotangent/backend/cpu/attention/registers.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <limits>
#include <type_traits>

namespace cot::cpu_attention {

/// A block of products <q_i, k_j> at scores[j * stride + i], and what weighs them.
template <class A>
struct score_block {
  A* scores;
  index stride;
  index keys;
  index queries;      ///< lanes; the registers behind the last one are computed too, on zeros
  index first_query;  ///< position of lane 0 in the sentence, for causal
  bool causal;
  const A* mask;  ///< M[keys, queries] with the same stride, or null
  A scale;        ///< of a score as an exponent of 2
  A* maximum;     ///< [queries], rounded up to whole registers, like all below
  A* reciprocal_sum;
};

/// One register of queries of a block, lane 0 being query i of the block.
template <class A, int W>
struct score_column {
  using number = lanes<A, W>;
  const score_block<A>& s;
  index i;
  index first = s.first_query + i;
  index open = s.causal ? std::min(s.keys, first + 1) : s.keys;  ///< keys that every lane sees
  number scale = number::broadcast(s.scale);

  /// Calls f(j, count, in_doubt) for the keys [j, j + count): fours, then Last at a time, where some of the keys may
  /// not exist, or be hidden from some lanes.
  template <int Last, class F>
  COT_FN void over_keys(const F& f) const {
    index j = 0;
    for (; j + 4 <= open; j += 4) f(j, std::integral_constant<int, 4>{}, std::false_type{});
    for (; j < s.keys; j += Last) f(j, std::integral_constant<int, Last>{}, std::true_type{});
  }
  [[nodiscard]] COT_FN number score(index j) const { return number::load(s.scores + j * s.stride + i) * scale; }
  /// 2^(s - m) of keys [j, j + Count), zero where a lane does not see the key or there is none.
  template <int Count>
  [[nodiscard]] COT_FN registers<number, Count> weights(index j, const number& maximum, bool in_doubt) const {
    registers<number, Count> x;
    unroll<Count>([&](auto u) COT_LAMBDA {
      const index row = in_doubt ? std::min(j + u, s.keys - 1) : j + u;
      x[u] = fma(number::load(s.scores + row * s.stride + i), scale, number::fill(0) - maximum);
    });
    exp2_nonpositive(x);
    if (in_doubt)
      unroll<Count>([&](auto u) COT_LAMBDA { x[u] = j + u < s.keys ? visible(j + u, x[u], 0) : number::fill(0); });
    return x;
  }
  [[nodiscard]] COT_FN number masked(index j, const number& x) const {
    return x * number::load(s.mask + j * s.stride + i);
  }
  /// x, and `otherwise` in the lanes that do not see key j.
  [[nodiscard]] COT_FN number visible(index j, const number& x, A otherwise) const {
    return s.causal ? select_first(j - first, number::fill(otherwise), x) : x;
  }
};

/// One register of `Count` rows as rows of a left factor that is stored by rows; row k begins at to + k * stride.
template <class E, class A, int W, int Count>
COT_FN inline void save_rows(E* to, index stride, const registers<lanes<A, W>, Count>& x, index rows = Count) {
  unroll<Count>([&](auto k) COT_LAMBDA {
    if (k >= rows) return;
    if constexpr (std::is_same_v<E, A>)
      x[k].save(to + k * stride);
    else
      rounded<W>(x[k]).save(to + k * stride);
  });
}

/// The same rows as steps of a left factor that is stored by depth.
template <class E, class A, int W, int Count>
COT_FN inline void save_steps(E* to, index stride, const registers<lanes<A, W>, Count>& x) {
  if constexpr (std::is_same_v<E, A>)
    save_rows(to, stride, x);
  else
    unroll<Count / 2>(
        [&](auto k) COT_LAMBDA { save_in_turns(to + k * stride, rounded<W>(x[2 * k]), rounded<W>(x[2 * k + 1])); });
}

/// S -> M 2^(S - m) as steps of keys over the scores; m and r are written.
template <class E, class A>
struct softmax_block {
  template <class Level>
  COT_FN static void apply(const score_block<A>* block) {
    constexpr int W = Level::template width<A>;
    constexpr index N = neighbours<E>;
    using number = lanes<A, W>;
    const score_block<A> s = *block;
    const index stride = N * s.stride;  // of steps of E
    for (index i = 0; i < s.queries; i += W) {
      const score_column<A, W> column{s, i};
      const number least = number::fill(std::numeric_limits<A>::lowest()), zero = number::fill(0);
      registers<number, 4> most, sum;
      unroll<4>([&](auto u) COT_LAMBDA { most[u] = least; });
      column.template over_keys<1>([&](index j, auto count, auto in_doubt) COT_LAMBDA {
        unroll<count>([&](auto u) COT_LAMBDA {
          number x = column.score(j + u);
          if constexpr (in_doubt) x = column.visible(j, x, std::numeric_limits<A>::lowest());
          most[u] = max(x, most[u]);
        });
      });
      const number maximum = max(max(most[0], most[1]), max(most[2], most[3]));
      E* const to = reinterpret_cast<E*>(s.scores) + N * i;
      unroll<4>([&](auto u) COT_LAMBDA { sum[u] = zero; });
      column.template over_keys<N>([&](index j, auto count, auto in_doubt) COT_LAMBDA {
        registers<number, count> p = column.template weights<count>(j, maximum, in_doubt);
        unroll<count>([&](auto u) COT_LAMBDA { sum[u] = sum[u] + p[u]; });
        if (s.mask != nullptr)
          unroll<count>([&](auto u) COT_LAMBDA {
            if (!in_doubt || j + u < s.keys) p[u] = column.masked(j + u, p[u]);
          });
        save_steps(to + j / N * stride, stride, p);
      });
      const number total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      maximum.save(s.maximum + i);
      (number::fill(1) / total).save(s.reciprocal_sum + i);
    }
  }
};

/// S -> M P as rows, and dP -> scale * dS as rows and as steps of keys, where `slopes` holds <dout_i, v_j> with the
/// stride of the scores; m and r are read.
template <class E, class A>
struct softmax_block_pullback {
  template <class Level>
  COT_FN static void apply(const score_block<A>* block, A* slopes, E* steps, A scale) {
    constexpr int W = Level::template width<A>;
    constexpr index N = neighbours<E>;
    using number = lanes<A, W>;
    const score_block<A> s = *block;
    const index stride = N * s.stride;
    for (index i = 0; i < s.queries; i += W) {
      const score_column<A, W> column{s, i};
      const number maximum = number::load(s.maximum + i), reciprocal = number::load(s.reciprocal_sum + i);
      registers<number, 4> mean;
      unroll<4>([&](auto u) COT_LAMBDA { mean[u] = number::fill(0); });
      column.template over_keys<1>([&](index j, auto count, auto in_doubt) COT_LAMBDA {
        const registers<number, count> weight = column.template weights<count>(j, maximum, in_doubt);
        unroll<count>([&](auto u) COT_LAMBDA {
          A* slope_at = slopes + (j + u) * s.stride + i;
          const number p = weight[u] * reciprocal;
          number slope = number::load(slope_at);
          if (s.mask != nullptr) {
            slope = column.masked(j + u, slope);
            slope.save(slope_at);
          }
          mean[u] = fma(p, slope, mean[u]);
          p.save(s.scores + (j + u) * s.stride + i);
        });
      });
      const number total = (mean[0] + mean[1]) + (mean[2] + mean[3]), factor = number::broadcast(scale);
      const number shift = number::fill(0) - total * factor;
      E* const weight_rows = reinterpret_cast<E*>(s.scores) + i;
      E* const slope_rows = reinterpret_cast<E*>(slopes) + i;
      column.template over_keys<N>([&](index j, auto count, auto in_doubt) COT_LAMBDA {
        registers<number, count> p, slope;
        unroll<count>([&](auto u) COT_LAMBDA {
          p[u] = slope[u] = number::fill(0);
          if (in_doubt && j + u >= s.keys) return;
          const index at = (j + u) * s.stride + i;
          p[u] = number::load(s.scores + at);
          slope[u] = p[u] * fma(number::load(slopes + at), factor, shift);
          if (s.mask != nullptr) p[u] = column.masked(j + u, p[u]);
        });
        const index rows = in_doubt ? std::min<index>(count, s.keys - j) : index{count};
        if (N > 1 || s.mask != nullptr) save_rows(weight_rows + j * stride, stride, p, rows);
        save_rows(slope_rows + j * stride, stride, slope, rows);
        if constexpr (N > 1) save_steps(steps + j / N * stride + N * i, stride, slope);
      });
    }
  }
};

}  // namespace cot::cpu_attention
