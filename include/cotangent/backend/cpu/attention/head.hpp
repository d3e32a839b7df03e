#pragma once
// What the forward and the backward program of one (sentence, key head) share: where its rows lie, memory carved from
// the scratch of the device, operands in the accumulator's type, and the dropout mask of a block of queries.

#include <cotangent/backend/cpu/attention/product.hpp>
#include <cotangent/backend/cpu/attention/rows.hpp>
#include <cotangent/core/attention.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace cot::cpu_attention {

/// Queries are taken in blocks of at most so many: the scores of a block, [length, 64], stay in L2 for any usual
/// length.
inline constexpr index most_queries = 64;

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

/// Operands of the products: the user's rows themselves where their type and width allow it, else a widened copy with
/// the columns padded to whole registers.
template <class Level, class T>
struct operand {
  using A = accumulator_of<T>;
  static constexpr index W = Level::template width<A>;

  [[nodiscard]] static bool direct(index width) { return std::is_same_v<T, A> && width % W == 0; }
  [[nodiscard]] static index padded(index width) { return round_up(width, W); }

  const A* data;
  index stride;

  static operand read(const T* from, index from_stride, index rows, index width, A* copy) {
    if constexpr (std::is_same_v<T, A>)
      if (direct(width)) return {from, from_stride};
    Level::template run<widen_rows<T, A>>(copy, from, from_stride, rows, width, padded(width));
    return {copy, padded(width)};
  }
};

/// Where a product writes rows that belong to the user: straight there, or into scratch and then rounded.
template <class Level, class T>
struct result {
  using A = accumulator_of<T>;
  using source = operand<Level, T>;

  A* data;
  index stride;

  static result write(T* to, index to_stride, index width, A* copy, bool sum_of_many = false) {
    if constexpr (std::is_same_v<T, A>)
      if (source::direct(width) && !sum_of_many) return {to, to_stride};
    return {copy, source::padded(width)};
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
    drawn = memory.take<A>(block * length + 128 + W);
  }

  void draw(const sentence_head& at, index head, index begin, index end, index stride) const {
    if (mask == nullptr) return;
    const attention_layout& layout = at.layout;
    const index from = begin * at.length / 64, to = (end * at.length + 63) / 64;
    Level::template run<draw_mask<A>>(drawn, &layout.at, static_cast<std::uint32_t>(layout.first_row + at.sentence),
                                      static_cast<std::uint32_t>(head), from, to, dropout_threshold(layout.dropout),
                                      static_cast<A>(1 / (1 - layout.dropout)));
    Level::template run<transpose_scaled<A>>(mask, stride,
                                             static_cast<const A*>(drawn + (begin * at.length - from * 64)), at.length,
                                             end - begin, round_up(at.keys(end), W), A{1});
  }
};

}  // namespace cot::cpu_attention
