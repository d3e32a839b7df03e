#pragma once
// Attention forward of one (sentence, key head) in blocks of queries: S^T = K Q^T with queries as lanes, softmax down
// the columns, out = P V with the head's columns as lanes. The scores of a block never leave the cache.

#include <cotangent/backend/cpu/attention/head.hpp>

namespace cot::cpu_attention {

template <class Level, class T>
struct forward_memory {
  using A = accumulator_of<T>;
  using source = operand<Level, T>;

  forward_memory(carver& memory, const attention_layout& layout, index length)
      : block(std::min(most_queries, round_up(length, source::W))),
        transposed(memory.take<A>(source::padded(layout.width) * block)),
        scores(memory.take<A>(length * block)),
        maximum(memory.take<A>(block)),
        reciprocal_sum(memory.take<A>(block)),
        mask(memory, layout, length, block) {
    if (source::direct(layout.width)) return;
    const index width = source::padded(layout.width);
    k = memory.take<A>(length * width);
    v = memory.take<A>(length * width);
    q = memory.take<A>(block * width);
    out = memory.take<A>(block * width);
  }

  [[nodiscard]] static std::size_t bytes(const attention_layout& layout, index longest) {
    carver size;
    static_cast<void>(forward_memory(size, layout, longest));
    return size.used;
  }

  index block;
  A *transposed, *scores, *maximum, *reciprocal_sum;
  dropout_mask<Level, A> mask;
  A *k = nullptr, *v = nullptr, *q = nullptr, *out = nullptr;
};

template <class Level, class T>
void forward(const attention_problem<T>& problem, index sentence, index kv_head, std::byte* scratch) {
  using A = accumulator_of<T>;
  using source = operand<Level, T>;
  const attention_layout& layout = problem.layout;
  const sentence_head at{layout, sentence, kv_head};
  const index length = at.length, d = layout.width, width = source::padded(d);
  if (length == 0) return;
  carver memory{scratch};
  const forward_memory<Level, T> m(memory, layout, length);

  const source k = source::read(at.rows(problem.k, 0, kv_head), problem.k.stride, length, d, m.k);
  const source v = source::read(at.rows(problem.v, 0, kv_head), problem.v.stride, length, d, m.v);
  for (index head = kv_head * at.group; head < (kv_head + 1) * at.group; ++head)
    for (index begin = 0; begin < length; begin += m.block) {
      const index end = std::min(length, begin + m.block), queries = end - begin, keys = at.keys(end);
      const source q = source::read(at.rows(problem.q, begin, head), problem.q.stride, queries, d, m.q);
      Level::template run<transpose_scaled<A>>(m.transposed, m.block, q.data, q.stride, queries, width,
                                               static_cast<A>(layout.scale * 1.4426950408889634));
      product<Level, stored::by_rows, A>(keys, round_up(queries, source::W),
                                         {k.data, k.stride, m.transposed, m.block, m.scores, m.block, width});
      m.mask.draw(at, head, begin, end, m.block);
      const score_block<A> block{m.scores,      m.block,     keys,      queries,         begin,
                                 layout.causal, m.mask.mask, m.maximum, m.reciprocal_sum};
      Level::template run<softmax_block<A>>(&block);
      T* to = at.rows(problem.out, begin, head);
      const auto out = result<Level, T>::write(to, problem.out.stride, d, m.out);
      product<Level, stored::by_depth, A>(
          queries, width, {m.scores, m.block, v.data, v.stride, out.data, out.stride, keys, m.reciprocal_sum});
      out.finish(to, problem.out.stride, queries, d);
      if (problem.maximum != nullptr) {
        const index statistic = head * layout.tokens + at.first + begin;
        std::copy_n(m.maximum, queries, problem.maximum + statistic);
        std::copy_n(m.reciprocal_sum, queries, problem.reciprocal_sum + statistic);
      }
    }
}

}  // namespace cot::cpu_attention
