#pragma once
// The passes of attention that are not products: transposing queries, the softmax of a block of queries forward and
// backward (queries are lanes, so maxima and sums are vertical), and bfloat16 or narrow rows in and out of scratch.

#include <cotangent/backend/cpu/attention/levels.hpp>
#include <cotangent/backend/cpu/attention/registers.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/kernel/pack_memory.hpp>
#include <cotangent/kernel/philox.hpp>

#include <algorithm>
#include <limits>

namespace cot::cpu_attention {

/// to[c][i] = factor * from[i][c] for i < rows, zero for the further i < round_up(rows, W); columns is a multiple of W.
template <class A>
struct transpose_scaled {
  template <class Level>
  COT_FN static void apply(A* to, index to_stride, const A* from, index from_stride, index rows, index columns,
                           A factor) {
    constexpr int W = Level::template width<A>;
    using number = lanes<A, W>;
    const number scale = number::fill(factor);
    for (index i = 0; i < rows; i += W)
      for (index c = 0; c < columns; c += W) {
        registers<number, W> x;
        const A* at = from + i * from_stride + c;
        if (rows - i >= W) {
          unroll<W>([&](auto r) COT_LAMBDA { x[r] = number::load(at + r * from_stride) * scale; });
        } else {
          unroll<W>([&](auto r) COT_LAMBDA {
            x[r] = r < rows - i ? number::load(at + r * from_stride) * scale : number::fill(0);
          });
        }
        transpose_square(x);
        A* into = to + c * to_stride + i;
        unroll<W>([&](auto r) COT_LAMBDA { x[r].save(into + r * to_stride); });
      }
  }
};

/// The block of scores S[keys, queries] that the passes below walk, and which of its elements count.
template <class A>
struct score_block {
  A* scores;
  index stride;
  index keys;
  index queries;      ///< lanes; the registers behind the last one are computed too, on zeros
  index first_query;  ///< position of lane 0 in the sentence, for causal
  bool causal;
  const A* mask;  ///< M[keys, queries] with the same stride, or null
  A* maximum;     ///< [queries], rounded up to whole registers, like all below
  A* reciprocal_sum;
};

/// S -> M 2^(S - m); m and r are written.
template <class A>
struct softmax_block {
  template <class Level>
  COT_FN static void apply(const score_block<A>* block) {
    constexpr int W = Level::template width<A>;
    using number = lanes<A, W>;
    const score_block<A> s = *block;
    for (index i = 0; i < s.queries; i += W) {
      A* column = s.scores + i;
      const index first = s.first_query + i;
      const index open = s.causal ? std::min(s.keys, first + 1) : s.keys;  // keys that every lane sees
      registers<number, 4> most;
      unroll<4>([&](auto u) COT_LAMBDA { most[u] = number::fill(std::numeric_limits<A>::lowest()); });
      index j = 0;
      for (; j + 4 <= open; j += 4)
        unroll<4>([&](auto u) COT_LAMBDA { most[u] = max(number::load(column + (j + u) * s.stride), most[u]); });
      for (; j < open; ++j) most[0] = max(number::load(column + j * s.stride), most[0]);
      for (; j < s.keys; ++j) {
        number x = number::load(column + j * s.stride);
        x = select_first(j - first, number::fill(std::numeric_limits<A>::lowest()), x);
        x.save(column + j * s.stride);
        most[0] = max(x, most[0]);
      }
      const number maximum = max(max(most[0], most[1]), max(most[2], most[3]));
      registers<number, 4> sum;
      unroll<4>([&](auto u) COT_LAMBDA { sum[u] = number::fill(0); });
      const auto weigh = [&](index row, number& total) COT_LAMBDA {
        A* at = column + row * s.stride;
        number p = exp2_nonpositive(number::load(at) - maximum);
        total = total + p;
        if (s.mask != nullptr) p = p * number::load(s.mask + row * s.stride + i);
        p.save(at);
      };
      for (j = 0; j + 4 <= s.keys; j += 4) unroll<4>([&](auto u) COT_LAMBDA { weigh(j + u, sum[u]); });
      for (; j < s.keys; ++j) weigh(j, sum[0]);
      const number total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      maximum.save(s.maximum + i);
      (number::fill(1) / total).save(s.reciprocal_sum + i);
    }
  }
};

/// S -> M P and dP -> scale * dS, where `slopes` holds <dout_i, v_j> with the stride of the scores; m and r are read.
template <class A>
struct softmax_block_pullback {
  template <class Level>
  COT_FN static void apply(const score_block<A>* block, A* slopes, A scale) {
    constexpr int W = Level::template width<A>;
    using number = lanes<A, W>;
    const score_block<A> s = *block;
    for (index i = 0; i < s.queries; i += W) {
      const index first = s.first_query + i;
      const index open = s.causal ? std::min(s.keys, first + 1) : s.keys;
      const number maximum = number::load(s.maximum + i), reciprocal = number::load(s.reciprocal_sum + i);
      registers<number, 4> mean;
      unroll<4>([&](auto u) COT_LAMBDA { mean[u] = number::fill(0); });
      const auto weigh = [&](index j, number& sum, bool hide) COT_LAMBDA {
        A *p_at = s.scores + j * s.stride + i, *slope_at = slopes + j * s.stride + i;
        number p = exp2_nonpositive(number::load(p_at) - maximum) * reciprocal;
        if (hide) p = select_first(j - first, number::fill(0), p);
        number slope = number::load(slope_at);
        if (s.mask != nullptr) {
          slope = slope * number::load(s.mask + j * s.stride + i);
          slope.save(slope_at);
        }
        sum = fma(p, slope, sum);
        p.save(p_at);
      };
      index j = 0;
      for (; j + 4 <= open; j += 4) unroll<4>([&](auto u) COT_LAMBDA { weigh(j + u, mean[u], false); });
      for (; j < s.keys; ++j) weigh(j, mean[0], s.causal);
      const number total = (mean[0] + mean[1]) + (mean[2] + mean[3]), factor = number::fill(scale);
      for (j = 0; j < s.keys; ++j) {
        A *p_at = s.scores + j * s.stride + i, *slope_at = slopes + j * s.stride + i;
        const number p = number::load(p_at);
        (p * factor * (number::load(slope_at) - total)).save(slope_at);
        if (s.mask != nullptr) (p * number::load(s.mask + j * s.stride + i)).save(p_at);
      }
    }
  }
};

/// The dropout factors 0 or `kept` of elements [64 * first_block, 64 * last_block) of one (row, lane), as `random_bits`
/// draws them.
template <class A>
struct draw_mask {
  template <class Level>
  COT_FN static void apply(A* to, const random_site* at, std::uint32_t row, std::uint32_t head, index first_block,
                           index last_block, std::uint32_t threshold, A kept) {
    constexpr int bytes = Level::template width<float> * 4;
    for (index block = first_block; block < last_block; ++block, to += 64)
      philox_sixteen<bytes>(*at, row, head, static_cast<std::uint32_t>(block),
                            [=](int word, int lane, const auto& bits) COT_LAMBDA {
                              const auto keep = bits >= threshold;
                              A* into = to + word * 16 + lane;
                              if constexpr (sizeof(A) == 4) {
                                save(into, select({keep}, pack<A, bytes / 4>(kept), pack<A, bytes / 4>(0)));
                              } else {
                                for (int i = 0; i < bytes / 4; ++i) into[i] = keep[i] ? kept : A{0};
                              }
                            });
  }
};

/// Rows of T to rows of A, columns [columns, padded) zero.
template <class T, class A>
struct widen_rows {
  template <class Level>
  COT_FN static void apply(A* to, const T* from, index from_stride, index rows, index columns, index padded) {
    constexpr int W = Level::template width<A>;
    for (index i = 0; i < rows; ++i, to += padded, from += from_stride) {
      index c = 0;
      if constexpr (std::is_same_v<T, bfloat16>)
        for (; c + W <= columns; c += W) save(to + c, load<pack<A, W>>(from + c));
      for (; c < columns; ++c) to[c] = static_cast<A>(from[c]);
      for (; c < padded; ++c) to[c] = A{0};
    }
  }
};

/// Rows of A back to rows of T, rounded as bfloat16's constructor does.
template <class T, class A>
struct narrow_rows {
  template <class Level>
  COT_FN static void apply(T* to, index to_stride, const A* from, index rows, index columns, index padded) {
    constexpr int W = Level::template width<A>;
    for (index i = 0; i < rows; ++i, to += to_stride, from += padded) {
      index c = 0;
      if constexpr (std::is_same_v<T, bfloat16>)
        for (; c + W <= columns; c += W) save(to + c, load<pack<A, W>>(from + c));
      for (; c < columns; ++c) to[c] = static_cast<T>(from[c]);
    }
  }
};

}  // namespace cot::cpu_attention
