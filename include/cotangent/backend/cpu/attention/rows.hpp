#pragma once
// The passes of attention that prepare factors and round results: rows transposed, paired, widened or padded with
// zeros, and rows of sums back to the user's type; the dropout mask as it is drawn.

#include <cotangent/backend/cpu/attention/levels.hpp>
#include <cotangent/backend/cpu/attention/registers.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/kernel/pack_memory.hpp>
#include <cotangent/kernel/philox.hpp>

#include <cstdint>
#include <type_traits>

namespace cot::cpu_attention {

/// to[c][i] = from[i][c] for i < rows, zero for the further i < round_up(rows, W); columns is a multiple of W. Where E
/// is bfloat16, an element is a pair of neighbours in a row of `from`, as in product.hpp.
template <class E>
struct transpose {
  template <class Level>
  COT_FN static void apply(E* to, index to_stride, const E* from, index from_stride, index rows, index columns) {
    using A = accumulator_of<E>;
    constexpr int W = Level::template width<A>;
    constexpr index N = neighbours<E>;
    using number = lanes<A, W>;
    for (index i = 0; i < rows; i += W)
      for (index c = 0; c < columns; c += W) {
        registers<number, W> x;
        const E* row = from + i * from_stride + c * N;
        const auto next = [](auto& at, index stride) COT_LAMBDA {
          at += stride;
          __asm__("" : "+r"(at));  // g++ would keep the products of all rows and strides, on the stack
        };
        if (rows - i >= W) {
          unroll<W>([&](auto r) COT_LAMBDA {
            x[r] = number::load_bits(row);
            next(row, from_stride);
          });
        } else {
          unroll<W>([&](auto r) COT_LAMBDA {
            x[r] = r < rows - i ? number::load_bits(row) : number::fill(0);
            next(row, from_stride);
          });
        }
        transpose_square(x);
        E* into = to + c * to_stride + i * N;
        unroll<W>([&](auto r) COT_LAMBDA {
          x[r].save_bits(into);
          next(into, to_stride);
        });
      }
  }
};

/// Two rows of bfloat16 in turns, as one step of depth of a right factor: to[i / 2][c] = (from[i][c], from[i + 1][c])
/// for i < rows, zero for rows behind them up to `padded`; columns is a multiple of W.
struct pair_rows {
  template <class Level>
  COT_FN static void apply(bfloat16* to, const bfloat16* from, index from_stride, index rows, index columns,
                           index padded) {
    constexpr int W = Level::template width<float>;
    using number = lanes<float, W>;
    index i = 0;
    for (; i < rows; i += 2, from += 2 * from_stride)
      for (index c = 0; c < columns; c += W, to += 2 * W) {
        const rounded<W> first(number{load<pack<float, W>>(from + c).lanes});
        const rounded<W> second(i + 1 < rows ? number{load<pack<float, W>>(from + from_stride + c).lanes}
                                             : number::fill(0));
        save_in_turns(to, first, second);
      }
    for (; i < padded; i += 2)
      for (index c = 0; c < columns; c += W, to += 2 * W) number::fill(0).save_bits(to);
  }
};

/// Zeros in rows of bfloat16; columns is a multiple of W.
struct clear_rows {
  template <class Level>
  COT_FN static void apply(bfloat16* to, index to_stride, index rows, index columns) {
    constexpr int W = Level::template width<float>;
    for (index i = 0; i < rows; ++i, to += to_stride)
      for (index c = 0; c < columns; c += W) lanes<float, W / 2>::fill(0).save_bits(to + c);
  }
};

/// The dropout factors 0 or `kept` of elements [64 * first_block, 64 * last_block) of one (row, lane), as `random_bits`
/// draws them; written in pairs of blocks.
template <class A>
struct draw_mask {
  template <class Level>
  COT_FN static void apply(A* to, const random_site* at, std::uint32_t row, std::uint32_t head, index first_block,
                           index last_block, std::uint32_t threshold, A kept) {
    constexpr int bytes = Level::template width<float> * 4;
    const philox_keys keys(*at);
    for (index block = first_block; block < last_block; block += 2, to += 128)
      philox_two_blocks<bytes>(keys, row, head, block, [=](int e, const auto& bits) COT_LAMBDA {
        const auto keep = bits >= threshold;
        A* into = to + e;
        if constexpr (sizeof(A) == 4) {
          save(into, select({keep}, pack<A, bytes / 4>(kept), pack<A, bytes / 4>(0)));
        } else {
          for (int i = 0; i < bytes / 4; ++i) into[i] = keep[i] ? kept : A{0};
        }
      });
  }
};

/// Rows of T to rows of E, columns [columns, padded) zero.
template <class T, class E>
struct widen_rows {
  template <class Level>
  COT_FN static void apply(E* to, const T* from, index from_stride, index rows, index columns, index padded) {
    using A = accumulator_of<T>;
    constexpr int W = Level::template width<A>;
    for (index i = 0; i < rows; ++i, to += padded, from += from_stride) {
      index c = 0;
      for (; c + W <= columns; c += W)
        if constexpr (std::is_same_v<T, E>)
          lanes<A, W * sizeof(E) / sizeof(A)>::load_bits(from + c).save_bits(to + c);
        else
          save(to + c, load<pack<E, W>>(from + c));
      for (; c < columns; ++c) to[c] = static_cast<E>(from[c]);
      for (; c < padded; ++c) to[c] = E{};
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
