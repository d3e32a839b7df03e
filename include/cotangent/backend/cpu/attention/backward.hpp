#pragma once
// Attention backward of one (sentence, key head) in blocks of queries. P^T and dP^T of a block are recomputed into
// cache; dV and dK take them by rows, dQ by columns, so that nothing of size length * length is ever transposed.

#include <cotangent/backend/cpu/attention/head.hpp>

namespace cot::cpu_attention {

template <class Level, class T>
struct backward_memory {
  using source = factor<Level, T>;
  using target = result<Level, T>;
  using A = accumulator_of<T>;
  using E = typename source::E;

  backward_memory(carver& memory, const attention_layout& layout, index length)
      : block(std::min(most_queries, round_up(length, source::W))),
        stride(row_stride<A>(block)),
        transposed(memory.take<E>(source::padded(layout.width) * stride)),
        scores(memory.take<A>(round_up(length, source::tall) * stride)),
        slopes(memory.take<A>(round_up(length, source::tall) * stride)),
        maximum(memory.take<A>(stride)),
        reciprocal_sum(memory.take<A>(stride)),
        mask(memory, layout, length, stride),
        slope_steps(source::take_right(memory, length, stride)),
        k(source::take_left(memory, length, layout.width)),
        v(source::take_left(memory, length, layout.width)),
        q(source::take(memory, block, layout.width)),
        dout(source::take(memory, block, layout.width)),
        k_right(source::take_right(memory, length, layout.width)),
        q_right(source::take_right(memory, block, layout.width)),
        dout_right(source::take_right(memory, block, layout.width)),
        slopes_by_query(take_rows_of_steps<Level, E>(memory, block, length)),
        dq(target::take(memory, block, layout.width)),
        dk(target::take(memory, length, layout.width, layout.heads > layout.kv_heads)),
        dv(target::take(memory, length, layout.width, layout.heads > layout.kv_heads)) {}

  [[nodiscard]] static std::size_t bytes(const attention_layout& layout, index longest) {
    carver size;
    static_cast<void>(backward_memory(size, layout, longest));
    return size.used;
  }

  index block, stride;
  E* transposed;
  A *scores, *slopes, *maximum, *reciprocal_sum;
  dropout_mask<Level, A> mask;
  E *slope_steps, *k, *v, *q, *dout, *k_right, *q_right, *dout_right, *slopes_by_query;
  A *dq, *dk, *dv;
};

template <class Level, class T>
void backward(const attention_pullback_problem<T>& problem, index sentence, index kv_head, std::byte* scratch) {
  using A = accumulator_of<T>;
  using source = factor<Level, T>;
  using target = result<Level, T>;
  using E = typename source::E;
  constexpr index N = source::N;
  const attention_layout& layout = problem.layout;
  const sentence_head at{layout, sentence, kv_head};
  const index length = at.length, d = layout.width, columns = round_up(d, source::W);
  if (length == 0) return;
  carver memory{scratch};
  const backward_memory<Level, T> m(memory, layout, length);

  const source k = source::left(at, problem.k, m.k);
  const source v = source::left(at, problem.v, m.v);
  const source k_right = k.right(length, d, m.k_right);
  T *to_k = at.rows(problem.dk, 0, kv_head), *to_v = at.rows(problem.dv, 0, kv_head);
  const auto dk = target::write(to_k, problem.dk.stride, d, m.dk, at.group > 1);
  const auto dv = target::write(to_v, problem.dv.stride, d, m.dv, at.group > 1);
  index written = 0;  // rows of dk and dv that hold a sum already
  for (index head = kv_head * at.group; head < (kv_head + 1) * at.group; ++head)
    for (index begin = 0; begin < length; begin += m.block) {
      const index end = std::min(length, begin + m.block), queries = end - begin, keys = at.keys(end);
      const index registers = round_up(queries, source::W);
      const source q = source::read(at.rows(problem.q, begin, head), problem.q.stride, queries, d, m.q);
      const source dout = source::read(at.rows(problem.dout, begin, head), problem.dout.stride, queries, d, m.dout);
      inner_products(k, keys, q, queries, d, m.transposed, m.scores, m.stride);
      inner_products(v, keys, dout, queries, d, m.transposed, m.slopes, m.stride);

      m.mask.draw(at, head, begin, end, m.stride);
      const index statistic = head * layout.tokens + at.first + begin;
      std::fill_n(std::copy_n(problem.maximum + statistic, queries, m.maximum), registers - queries, A{0});
      std::fill_n(std::copy_n(problem.reciprocal_sum + statistic, queries, m.reciprocal_sum), registers - queries,
                  A{0});
      const score_block<A> block{m.scores,  m.stride,        keys,        queries,
                                 begin,     layout.causal,   m.mask.mask, exponent<A>(layout),
                                 m.maximum, m.reciprocal_sum};
      Level::template run<softmax_block_pullback<E, A>>(&block, m.slopes, m.slope_steps, static_cast<A>(layout.scale));

      E *const weight_rows = reinterpret_cast<E*>(m.scores), *const slope_rows = reinterpret_cast<E*>(m.slopes);
      end_with_zeros<Level>(weight_rows, N * m.stride, keys, registers);
      end_with_zeros<Level>(slope_rows, N * m.stride, keys, registers);
      T* to_q = at.rows(problem.dq, begin, head);
      const auto dq = target::write(to_q, problem.dq.stride, d, m.dq);
      product_of_steps<Level, E, A>(
          queries, columns, keys,
          {N == 1 ? slope_rows : m.slope_steps, N * m.stride, k_right.data, k_right.stride, dq.data, dq.stride},
          m.slopes_by_query);
      dq.finish(to_q, problem.dq.stride, queries, d);
      const auto accumulate = [&](const E* rows, const source& x, const target& to, index from, index count, bool add) {
        product<Level, stored::by_rows, E, A>(
            count, columns,
            {rows + from * N * m.stride, N * m.stride, x.data, x.stride, to.data + from * to.stride, to.stride,
             round_up(queries, N) / N, nullptr, add});
      };
      const source q_right = q.right(queries, d, m.q_right), dout_right = dout.right(queries, d, m.dout_right);
      const index known = std::min(written, keys);  // causal: later blocks reach keys that no block has written
      accumulate(weight_rows, dout_right, dv, 0, known, true);
      accumulate(weight_rows, dout_right, dv, known, keys - known, false);
      accumulate(slope_rows, q_right, dk, 0, known, true);
      accumulate(slope_rows, q_right, dk, known, keys - known, false);
      written = std::max(written, keys);
    }
  dk.finish(to_k, problem.dk.stride, length, d);
  dv.finish(to_v, problem.dv.stride, length, d);
}

}  // namespace cot::cpu_attention
