#pragma once
// Attention forward of one (sentence, key head) in blocks of queries: S^T = K Q^T with queries as lanes, softmax down
// the columns, out = P V with the head's columns as lanes. The scores of a block never leave the cache.

#include <cotangent/backend/cpu/attention/head.hpp>

namespace cot::cpu_attention {

template <class Level, class T>
struct forward_memory {
  using source = factor<Level, T>;
  using target = result<Level, T>;
  using A = accumulator_of<T>;
  using E = typename source::E;

  forward_memory(carver& memory, const attention_layout& layout, index length)
      : block(std::min(most_queries, round_up(length, source::W))),
        stride(row_stride<A>(block)),
        transposed(memory.take<E>(source::padded(layout.width) * stride)),
        scores(memory.take<A>(round_up(length, source::tall) * stride)),
        maximum(memory.take<A>(stride)),
        reciprocal_sum(memory.take<A>(stride)),
        mask(memory, layout, length, stride),
        k(source::take_left(memory, length, layout.width)),
        v(source::take(memory, length, layout.width)),
        q(source::take(memory, block, layout.width)),
        v_right(source::take_right(memory, length, layout.width)),
        weight_rows(take_rows_of_steps<Level, E>(memory, block, length)),
        out(target::take(memory, block, layout.width)) {}

  [[nodiscard]] static std::size_t bytes(const attention_layout& layout, index longest) {
    carver size;
    static_cast<void>(forward_memory(size, layout, longest));
    return size.used;
  }

  index block, stride;
  E* transposed;
  A *scores, *maximum, *reciprocal_sum;
  dropout_mask<Level, A> mask;
  E *k, *v, *q, *v_right, *weight_rows;
  A* out;
};

template <class Level, class T>
void forward(const attention_problem<T>& problem, index sentence, index kv_head, std::byte* scratch) {
  using A = accumulator_of<T>;
  using source = factor<Level, T>;
  using E = typename source::E;
  constexpr index N = source::N;
  const attention_layout& layout = problem.layout;
  const sentence_head at{layout, sentence, kv_head};
  const index length = at.length, d = layout.width;
  if (length == 0) return;
  carver memory{scratch};
  const forward_memory<Level, T> m(memory, layout, length);

  const source k = source::left(at, problem.k, m.k);
  const source v =
      source::read(at.rows(problem.v, 0, kv_head), problem.v.stride, length, d, m.v).right(length, d, m.v_right);
  for (index head = kv_head * at.group; head < (kv_head + 1) * at.group; ++head)
    for (index begin = 0; begin < length; begin += m.block) {
      const index end = std::min(length, begin + m.block), queries = end - begin, keys = at.keys(end);
      const source q = source::read(at.rows(problem.q, begin, head), problem.q.stride, queries, d, m.q);
      inner_products(k, keys, q, queries, d, m.transposed, m.scores, m.stride);
      m.mask.draw(at, head, begin, end, m.stride);
      const score_block<A> block{m.scores,  m.stride,        keys,        queries,
                                 begin,     layout.causal,   m.mask.mask, exponent<A>(layout),
                                 m.maximum, m.reciprocal_sum};
      Level::template run<softmax_block<E, A>>(&block);
      T* to = at.rows(problem.out, begin, head);
      const auto out = result<Level, T>::write(to, problem.out.stride, d, m.out);
      product_of_steps<Level, E, A>(queries, round_up(d, source::W), keys,
                                    {reinterpret_cast<const E*>(m.scores), N * m.stride, v.data, v.stride, out.data,
                                     out.stride, 0, m.reciprocal_sum},
                                    m.weight_rows);
      out.finish(to, problem.out.stride, queries, d);
      if (problem.maximum != nullptr) {
        const index statistic = head * layout.tokens + at.first + begin;
        std::copy_n(m.maximum, queries, problem.maximum + statistic);
        std::copy_n(m.reciprocal_sum, queries, problem.reciprocal_sum + statistic);
      }
    }
}

}  // namespace cot::cpu_attention
