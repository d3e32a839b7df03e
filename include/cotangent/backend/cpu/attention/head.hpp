#pragma once
// What the forward and the backward program of one (sentence, key head) share: where its rows lie, memory carved from
// the scratch of the device, factors and results of the products, the scores and the dropout mask of a block of
// queries.

#include <cotangent/backend/cpu/attention/product.hpp>
#include <cotangent/backend/cpu/attention/product_amx.hpp>
#include <cotangent/backend/cpu/attention/product_bf16.hpp>
#include <cotangent/backend/cpu/attention/rows.hpp>
#include <cotangent/backend/cpu/attention/softmax.hpp>
#include <cotangent/core/attention.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace cot::cpu_attention {

/// Queries are taken in blocks of at most so many: the scores of a block, [length, 64], stay in L2 for any usual
/// length.
inline constexpr index most_queries = 64;

/// Elements from one row of a block to the next. Rows of 64 queries get a cache line more: a register of queries is
/// walked down the keys, and lines at a power of two from each other would share a few sets of the first-level cache.
template <class A>
[[nodiscard]] constexpr index row_stride(index queries) {
  return queries < most_queries ? queries : queries + 64 / static_cast<index>(sizeof(A));
}

[[nodiscard]] constexpr index round_up(index n, index multiple) { return (n + multiple - 1) / multiple * multiple; }

/// Consecutive arrays out of one buffer, each aligned to 64 bytes. Run once on null to learn the size.
struct carver {
  std::byte* base = nullptr;
  std::size_t used = 0;

  template <class A>
  [[nodiscard]] A* take(index n) {
    A* taken = base == nullptr ? nullptr : reinterpret_cast<A*>(base + used);
    used += (static_cast<std::size_t>(n) * sizeof(A) + 63) / 64 * 64;
    return taken;
  }
};

/// One sentence and one key head, with the query heads that read it.
struct sentence_head {
  const attention_layout& layout;
  index sentence, kv_head;
  index first = layout.offsets[sentence];
  index length = layout.offsets[sentence + 1] - first;
  index group = layout.heads / layout.kv_heads;

  template <class E>
  [[nodiscard]] E* rows(attention_rows<E> m, index token, index head) const {
    return m.data + (first + token) * m.stride + head * layout.width;
  }
  [[nodiscard]] index keys(index queries_end) const { return layout.causal ? queries_end : length; }
};

/// The factor that makes a product <q, k> the exponent of 2 of its weight.
template <class A>
[[nodiscard]] A exponent(const attention_layout& layout) {
  return static_cast<A>(layout.scale * 1.4426950408889634);
}

/// Rows [rows, width] as a factor of the products: the user's rows themselves where their type and width allow it, else
/// a copy as E, with zeros up to `padded` columns.
template <class Level, class T>
struct factor {
  using A = accumulator_of<T>;
  using E = multiplied<Level, T>;
  static constexpr index W = Level::template width<A>, N = neighbours<E>;
  static constexpr index tall = rows_at_once<Level>, deep = depth_at_once<Level, E>;

  [[nodiscard]] static index padded(index width) { return round_up(width, N * W); }
  [[nodiscard]] static bool direct(index width) { return std::is_same_v<T, E> && width % (N * W) == 0; }
  /// The memory that `read`, `left` and `right` want; null where they want none.
  [[nodiscard]] static E* take(carver& memory, index rows, index width) {
    return direct(width) ? nullptr : memory.take<E>(rows * padded(width));
  }
  [[nodiscard]] static E* take_left(carver& memory, index rows, index width) {
    return tall == 1 && direct(width) ? nullptr : memory.take<E>(round_up(rows, tall) * padded(width));
  }
  [[nodiscard]] static E* take_right(carver& memory, index rows, index width) {
    return N == 1 ? nullptr : memory.take<E>(round_up(rows, deep) * round_up(width, W));
  }

  const E* data;
  index stride;

  static factor read(const T* from, index from_stride, index rows, index width, E* copy) {
    if constexpr (std::is_same_v<T, E>)
      if (direct(width)) return {from, from_stride};
    Level::template run<widen_rows<T, E>>(copy, from, from_stride, rows, width, padded(width));
    return {copy, padded(width)};
  }
  /// The rows of a sentence's key head as a left factor, which products read `tall` rows at a time: behind the last one
  /// lie those of the next sentence, or anything. What they give, nobody reads.
  static factor left(const sentence_head& at, attention_rows<const T> from, E* copy) {
    const index width = at.layout.width;
    const T* rows = at.rows(from, 0, at.kv_head);
    if (at.first + round_up(at.length, tall) <= at.layout.tokens)
      return read(rows, from.stride, at.length, width, copy);
    Level::template run<widen_rows<T, E>>(copy, rows, from.stride, at.length, width, padded(width));
    return {copy, padded(width)};
  }
  /// The same rows as a right factor, its rows being steps of depth.
  [[nodiscard]] factor right(index rows, index width, [[maybe_unused]] E* copy) const {
    if constexpr (N == 1) {
      return *this;
    } else {
      Level::template run<pair_rows>(copy, data, stride, rows, round_up(width, W), round_up(rows, deep));
      return {copy, N * round_up(width, W)};
    }
  }
};

/// to[j * block + i] = <x_j, y_i> for the rows x of keys and y of queries, zero up to a whole register of queries;
/// `transposed` is room for [padded(width), block].
template <class Level, class T, class E, class A>
void inner_products(const factor<Level, T>& x, index keys, const factor<Level, T>& y, index queries, index width,
                    E* transposed, A* to, index block) {
  using source = factor<Level, T>;
  Level::template run<transpose<E>>(transposed, source::N * block, y.data, y.stride, queries,
                                    source::padded(width) / source::N);
  product<Level, stored::by_rows, E, A>(
      keys, round_up(queries, source::W),
      {x.data, x.stride, transposed, source::N * block, to, block, round_up(width, source::N) / source::N});
}

/// Elements between rows of weights by query: an odd number of cache lines, so that a tile's rows differ in cache set.
template <class Level, class E>
[[nodiscard]] constexpr index query_stride(index keys) {
  return round_up(keys, depth_at_once<Level, E>) | depth_at_once<Level, E>;
}

/// The product of a left factor that is stored by depth. Tiles want it by rows: room for [m, keys] is in `rows`.
template <class Level, class E, class A>
void product_of_steps(index m, index n, index keys, product_operands<E, A> o, [[maybe_unused]] E* rows) {
  constexpr index N = neighbours<E>;
  o.depth = round_up(keys, N) / N;
  if constexpr (Level::has_tiles) {
    const index stride = query_stride<Level, E>(keys);
    Level::template run<transpose<E>>(rows, stride, o.a, o.a_stride, o.depth, round_up(m, rows_at_once<Level>));
    o.a = rows;
    o.a_stride = stride;
    product<Level, stored::by_rows, E, A>(m, n, o);
  } else {
    product<Level, stored::by_depth, E, A>(m, n, o);
  }
}
template <class Level, class E>
[[nodiscard]] E* take_rows_of_steps(carver& memory, index m, index keys) {
  return Level::has_tiles ? memory.take<E>(m * query_stride<Level, E>(keys)) : nullptr;
}

/// Zeros after the last query in rows of keys, where a product reads further.
template <class Level, class E>
void end_with_zeros(E* rows, index stride, index keys, index queries) {
  constexpr index deep = depth_at_once<Level, E>;
  if constexpr (deep > neighbours<E>)
    Level::template run<clear_rows>(rows + queries, stride, keys, round_up(queries, deep) - queries);
}

/// Where a product writes rows that belong to the user: straight there, or into scratch and then rounded.
template <class Level, class T>
struct result {
  using A = accumulator_of<T>;
  static constexpr index W = Level::template width<A>;

  A* data;
  index stride;

  [[nodiscard]] static bool direct(index width) { return std::is_same_v<T, A> && width % W == 0; }
  [[nodiscard]] static A* take(carver& memory, index rows, index width, bool sum_of_many = false) {
    return direct(width) && !sum_of_many ? nullptr
                                         : memory.take<A>(round_up(rows, rows_at_once<Level>) * round_up(width, W));
  }
  static result write(T* to, index to_stride, index width, A* copy, bool sum_of_many = false) {
    if constexpr (std::is_same_v<T, A>)
      if (direct(width) && !sum_of_many) return {to, to_stride};
    return {copy, round_up(width, W)};
  }
  void finish(T* to, index to_stride, index rows, index width) const {
    if constexpr (std::is_same_v<T, A>)
      if (data == to) return;
    Level::template run<narrow_rows<T, A>>(to, to_stride, static_cast<const A*>(data), rows, width, stride);
  }
};

/// M[keys, queries] of queries [begin, end) of query head `head`, transposed from the order in which it is drawn.
template <class Level, class A>
struct dropout_mask {
  static constexpr index W = Level::template width<A>;
  A* mask = nullptr;  ///< [round_up(length, W), block]
  A* drawn = nullptr;

  dropout_mask(carver& memory, const attention_layout& layout, index length, index block) {
    if (layout.dropout == 0) return;
    mask = memory.take<A>(round_up(length, W) * block);
    drawn = memory.take<A>(block * length + 192 + W);
  }

  void draw(const sentence_head& at, index head, index begin, index end, index stride) const {
    if (mask == nullptr) return;
    const attention_layout& layout = at.layout;
    const index from = begin * at.length / 64, to = (end * at.length + 63) / 64;
    Level::template run<draw_mask<A>>(drawn, &layout.at, static_cast<std::uint32_t>(layout.first_row + at.sentence),
                                      static_cast<std::uint32_t>(head), from, to, dropout_threshold(layout.dropout),
                                      static_cast<A>(1 / (1 - layout.dropout)));
    Level::template run<transpose<A>>(mask, stride, static_cast<const A*>(drawn + (begin * at.length - from * 64)),
                                      at.length, end - begin, round_up(at.keys(end), W));
  }
};

}  // namespace cot::cpu_attention
