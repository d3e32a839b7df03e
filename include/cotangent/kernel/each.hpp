#pragma once
// `each` and `fold`: the two loops of a block program. They never show an index: f sees numbers, as wide as the block
// has them.

#include <cotangent/core/block.hpp>
#include <cotangent/kernel/stream.hpp>

#include <type_traits>

namespace cot {

namespace detail {

/// One stream's number at one place: fetched when made, stored by done().
template <class Number, class Stream>
struct cell {
  Stream& stream;
  Number value;
};

/// Calls f with a reference to the number of each stream at element i, stores what it left, and returns its result.
template <class Number, class F, class... Streams>
COT_FN inline auto visit(const F& f, index i, Streams&... streams) {
  const auto on_cells = [&](auto... c) COT_LAMBDA {
    if constexpr (std::is_void_v<decltype(f(c.value...))>) {
      f(c.value...);
      (c.stream.put(i, c.value), ...);
    } else {
      const auto result = f(c.value...);
      (c.stream.put(i, c.value), ...);
      return result;
    }
  };
  return on_cells(cell<Number, Streams>{streams, streams.template fetch<Number>(i)}...);
}

/// The same for the `count` elements from i on that end a row.
template <class Number, class F, class... Streams>
COT_FN inline auto visit_last(const F& f, index i, index count, Streams&... streams) {
  const auto on_cells = [&](auto... c) COT_LAMBDA {
    if constexpr (std::is_void_v<decltype(f(c.value...))>) {
      f(c.value...);
      (c.stream.put(i, c.value, count), ...);
    } else {
      const auto result = f(c.value...);
      (c.stream.put(i, c.value, count), ...);
      return result;
    }
  };
  return on_cells(cell<Number, Streams>{streams, streams.template fetch<Number>(i, count)}...);
}

/// How a fold treats a number or a bundle of numbers.
template <class Result>
struct folding {
  using scalar = scalar_of<Result>;
  template <class Op>
  COT_FN static Result identity(const Op&) {
    return Op::template identity<Result>();
  }
  template <class Op>
  COT_FN static Result combine(const Op& op, const Result& a, const Result& b) {
    return op(a, b);
  }
  COT_FN static Result first(index count, const Result& a, const Result& b) { return select_first(count, a, b); }
  template <class Block, class Op>
  COT_FN static scalar reduce(Block& b, const Result& a, const Op& op) {
    return b.reduce(a, op);
  }
};
template <class Number, int K>
struct folding<bundle<Number, K>> {
  using one = folding<Number>;
  using scalar = bundle<scalar_of<Number>, K>;
  template <class Op>
  COT_FN static bundle<Number, K> identity(const Op& op) {
    bundle<Number, K> r;
    for (int k = 0; k < K; ++k) r[k] = one::identity(op);
    return r;
  }
  template <class Op>
  COT_FN static bundle<Number, K> combine(const Op& op, const bundle<Number, K>& a, const bundle<Number, K>& b) {
    bundle<Number, K> r;
    for (int k = 0; k < K; ++k) r[k] = op(a[k], b[k]);
    return r;
  }
  COT_FN static bundle<Number, K> first(index count, const bundle<Number, K>& a, const bundle<Number, K>& b) {
    bundle<Number, K> r;
    for (int k = 0; k < K; ++k) r[k] = one::first(count, a[k], b[k]);
    return r;
  }
  template <class Block, class Op>
  COT_FN static scalar reduce(Block& b, const bundle<Number, K>& a, const Op& op) {
    scalar r;
    for (int k = 0; k < K; ++k) r[k] = b.reduce(a[k], op);
    return r;
  }
};

}  // namespace detail

/// The number type of a program over these streams in this block.
template <class Block, class... Streams>
using number_of = typename Block::template number<scalar_of_streams<Streams...>>;

/// For every element i in [0, n): f(number of each stream at i...). f takes outputs by reference, inputs by value or
/// const reference: each(b, d, [](auto& y, auto x) COT_LAMBDA { y = x * x; }, out(y), in(x)). Element i always belongs
/// to the same lane, so that a later each or fold over the same rows needs no sync to see what this one stored.
template <block Block, class F, class... Streams>
COT_FN inline void each(Block& b, index n, const F& f, Streams... streams) {
  using Number = number_of<Block, Streams...>;
  constexpr index width = lanes_of<Number>;
  const index step = b.size() * width;
  index i = b.rank() * width;
  for (; i + width <= n; i += step) detail::visit<Number>(f, i, streams...);
  if constexpr (width > 1)
    if (i < n) detail::visit_last<Number>(f, i, n - i, streams...);
}

/// op over f(number of each stream at i...) for all i in [0, n), as a scalar known to all lanes; op's neutral element
/// when n is 0. f may return a bundle, which is folded number by number, and may write to streams. Four running results
/// a lane hide the latency of op; the order is fixed by the block's width and size.
template <block Block, class Op, class F, class... Streams>
COT_FN inline auto fold(Block& b, index n, const Op& op, const F& f, Streams... streams) {
  using Number = number_of<Block, Streams...>;
  using Result = decltype(detail::visit<Number>(f, index{0}, streams...));
  using folding = detail::folding<Result>;
  constexpr index width = lanes_of<Number>;
  const index step = b.size() * width;
  index i = b.rank() * width;
  Result r0 = folding::identity(op), r1 = r0, r2 = r0, r3 = r0;
  for (; i + 3 * step + width <= n; i += 4 * step) {
    r0 = folding::combine(op, r0, detail::visit<Number>(f, i, streams...));
    r1 = folding::combine(op, r1, detail::visit<Number>(f, i + step, streams...));
    r2 = folding::combine(op, r2, detail::visit<Number>(f, i + 2 * step, streams...));
    r3 = folding::combine(op, r3, detail::visit<Number>(f, i + 3 * step, streams...));
  }
  for (; i + width <= n; i += step) r0 = folding::combine(op, r0, detail::visit<Number>(f, i, streams...));
  if constexpr (width > 1)
    if (i < n)
      r1 = folding::first(n - i, folding::combine(op, r1, detail::visit_last<Number>(f, i, n - i, streams...)), r1);
  r0 = folding::combine(op, folding::combine(op, r0, r1), folding::combine(op, r2, r3));
  return folding::reduce(b, r0, op);
}

}  // namespace cot
