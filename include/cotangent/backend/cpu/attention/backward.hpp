#pragma once
// Attention backward of one (sentence, key head) in blocks of queries. P^T and dP^T of a block are recomputed into
// cache; dV and dK take them by rows, dQ by columns, so that nothing of size length * length is ever transposed.

#include <cotangent/backend/cpu/attention/head.hpp>

namespace cot::cpu_attention {

template <class Level, class T>
struct backward_memory {
  using A = accumulator_of<T>;
  using source = operand<Level, T>;

  backward_memory(carver& memory, const attention_layout& layout, index length)
      : block(std::min(most_queries, round_up(length, source::W))),
        transposed(memory.take<A>(source::padded(layout.width) * block)),
        scores(memory.take<A>(length * block)),
        slopes(memory.take<A>(length * block)),
        maximum(memory.take<A>(block)),
        reciprocal_sum(memory.take<A>(block)),
        mask(memory, layout, length, block) {
    const index width = source::padded(layout.width);
    if (layout.heads > layout.kv_heads || !source::direct(layout.width)) {
      dk = memory.take<A>(length * width);
      dv = memory.take<A>(length * width);
    }
    if (source::direct(layout.width)) return;
    k = memory.take<A>(length * width);
    v = memory.take<A>(length * width);
    q = memory.take<A>(block * width);
    dout = memory.take<A>(block * width);
    dq = memory.take<A>(block * width);
  }

  [[nodiscard]] static std::size_t bytes(const attention_layout& layout, index longest) {
    carver size;
    static_cast<void>(backward_memory(size, layout, longest));
    return size.used;
  }

  index block;
  A *transposed, *scores, *slopes, *maximum, *reciprocal_sum;
  dropout_mask<Level, A> mask;
  A *k = nullptr, *v = nullptr, *q = nullptr, *dout = nullptr, *dq = nullptr, *dk = nullptr, *dv = nullptr;
};

template <class Level, class T>
void backward(const attention_pullback_problem<T>& problem, index sentence, index kv_head, std::byte* scratch) {
  using A = accumulator_of<T>;
  using source = operand<Level, T>;
  const attention_layout& layout = problem.layout;
  const sentence_head at{layout, sentence, kv_head};
  const index length = at.length, d = layout.width, width = source::padded(d);
  if (length == 0) return;
  carver memory{scratch};
  const backward_memory<Level, T> m(memory, layout, length);

  const source k = source::read(at.rows(problem.k, 0, kv_head), problem.k.stride, length, d, m.k);
  const source v = source::read(at.rows(problem.v, 0, kv_head), problem.v.stride, length, d, m.v);
  T *to_k = at.rows(problem.dk, 0, kv_head), *to_v = at.rows(problem.dv, 0, kv_head);
  const auto dk = result<Level, T>::write(to_k, problem.dk.stride, d, m.dk, at.group > 1);
  const auto dv = result<Level, T>::write(to_v, problem.dv.stride, d, m.dv, at.group > 1);
  index written = 0;  // rows of dk and dv that hold a sum already
  for (index head = kv_head * at.group; head < (kv_head + 1) * at.group; ++head)
    for (index begin = 0; begin < length; begin += m.block) {
      const index end = std::min(length, begin + m.block), queries = end - begin, keys = at.keys(end);
      const index lanes_used = round_up(queries, source::W);
      const source q = source::read(at.rows(problem.q, begin, head), problem.q.stride, queries, d, m.q);
      const source dout = source::read(at.rows(problem.dout, begin, head), problem.dout.stride, queries, d, m.dout);
      Level::template run<transpose_scaled<A>>(m.transposed, m.block, q.data, q.stride, queries, width,
                                               static_cast<A>(layout.scale * 1.4426950408889634));
      product<Level, stored::by_rows, A>(keys, lanes_used,
                                         {k.data, k.stride, m.transposed, m.block, m.scores, m.block, width});
      Level::template run<transpose_scaled<A>>(m.transposed, m.block, dout.data, dout.stride, queries, width, A{1});
      product<Level, stored::by_rows, A>(keys, lanes_used,
                                         {v.data, v.stride, m.transposed, m.block, m.slopes, m.block, width});

      m.mask.draw(at, head, begin, end, m.block);
      const index statistic = head * layout.tokens + at.first + begin;
      std::fill_n(std::copy_n(problem.maximum + statistic, queries, m.maximum), lanes_used - queries, A{0});
      std::fill_n(std::copy_n(problem.reciprocal_sum + statistic, queries, m.reciprocal_sum), lanes_used - queries,
                  A{0});
      const score_block<A> block{m.scores,      m.block,     keys,      queries,         begin,
                                 layout.causal, m.mask.mask, m.maximum, m.reciprocal_sum};
      Level::template run<softmax_block_pullback<A>>(&block, m.slopes, static_cast<A>(layout.scale));

      T* to_q = at.rows(problem.dq, begin, head);
      const auto dq = result<Level, T>::write(to_q, problem.dq.stride, d, m.dq);
      product<Level, stored::by_depth, A>(queries, width,
                                          {m.slopes, m.block, k.data, k.stride, dq.data, dq.stride, keys});
      dq.finish(to_q, problem.dq.stride, queries, d);
      const auto accumulate = [&](const A* weights, const source& x, const result<Level, T>& to, index from, index rows,
                                  bool add) {
        product<Level, stored::by_rows, A>(rows, width,
                                           {weights + from * m.block, m.block, x.data, x.stride,
                                            to.data + from * to.stride, to.stride, queries, nullptr, add});
      };
      const index known = std::min(written, keys);  // causal: later blocks reach keys that no block has written
      accumulate(m.scores, dout, dv, 0, known, true);
      accumulate(m.scores, dout, dv, known, keys - known, false);
      accumulate(m.slopes, q, dk, 0, known, true);
      accumulate(m.slopes, q, dk, known, keys - known, false);
      written = std::max(written, keys);
    }
  dk.finish(to_k, problem.dk.stride, length, d);
  dv.finish(to_v, problem.dv.stride, length, d);
}

}  // namespace cot::cpu_attention
