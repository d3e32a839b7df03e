#pragma once
// Pooling the token vectors of one sentence, forward and backward.

#include <cotangent/core/block.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/kernel/each.hpp>

namespace cot {

/// How token vectors x_1 ... x_l become one:
///   cls            x_1
///   last_token     x_l
///   mean           sum_i x_i / l
///   mean_sqrt_len  sum_i x_i / sqrt(l)
///   weighted_mean  sum_i i x_i / sum_i i
///   max            the largest of each column; NaN if one is
/// Tokens may be skipped at the beginning of each sentence: then the sums and the largest are over the others, l of
/// them, x_1 of cls is the first of them, and only the i of weighted_mean goes on counting from the first token of all.
/// A sentence of which nothing is left pools to zeros.
enum class pooling { cls, mean, max, mean_sqrt_len, weighted_mean, last_token };

namespace detail {
/// The factor of token i (from 0) of l, the first of which are skipped.
template <class A>
COT_FN inline A pooling_weight(pooling mode, index i, index l, index skipped) {
  if (i < skipped) return A(0);
  const A n = static_cast<A>(l - skipped);
  switch (mode) {
    case pooling::cls: return i == skipped ? A(1) : A(0);
    case pooling::last_token: return i == l - 1 ? A(1) : A(0);
    case pooling::mean: return A(1) / n;
    case pooling::mean_sqrt_len: return A(1) / sqrt(n);
    case pooling::weighted_mean: return static_cast<A>(i + 1) / (n * (n + A(1)) / A(2) + n * static_cast<A>(skipped));
    case pooling::max: break;
  }
  return A(1);
}
}  // namespace detail

template <class T, class A>
struct pool_program {
  pooling mode;
  index width;
  const index* offsets;
  const T* x;
  index x_stride;
  A* y;
  index y_stride;
  index skipped = 0;  // tokens of each sentence

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index first = offsets[b.index()], length = offsets[b.index() + 1] - first;
    A* to = y + b.index() * y_stride;
    const bool largest = mode == pooling::max;
    each(b, width, [](auto& sum) COT_LAMBDA { sum = sum * 0; }, out(to));
    for (index i = 0; i < length; ++i) {
      const T* row = x + (first + i) * x_stride;
      const A w = detail::pooling_weight<A>(mode, i, length, skipped);
      if (largest && i > skipped)
        each(
            b, width, [](auto& most, auto v) COT_LAMBDA { most = select(most != most, most, max(most, v)); }, inout(to),
            in(row));
      else if (w != A(0))
        each(b, width, [=](auto& sum, auto v) COT_LAMBDA { sum = fma(v, w, sum); }, inout(to), in(row));
    }
  }
};

/// dx_i (+)= weight_i dy. For max, the first token that holds the largest value of a column takes its gradient; `left`
/// [n, width] is room for what is not yet given away.
template <class T, class A>
struct pool_pullback_program {
  pooling mode;
  index width;
  const index* offsets;
  const A* dy;
  index dy_stride;
  const T* x;
  index x_stride;
  const A* y;
  index y_stride;
  A* left;
  T* dx;
  index dx_stride;
  store how;
  index skipped = 0;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index first = offsets[b.index()], length = offsets[b.index() + 1] - first;
    const A* g = dy + b.index() * dy_stride;
    A* remaining = mode == pooling::max ? left + b.index() * width : nullptr;  // the others bring no room
    if (remaining) each(b, width, [](auto& r, auto v) COT_LAMBDA { r = v; }, out(remaining), in(g));
    for (index i = 0; i < length; ++i) {
      T* to = dx + (first + i) * dx_stride;
      if (remaining && i >= skipped) {
        each(
            b, width,
            [](auto& d, auto& r, auto v, auto most) COT_LAMBDA {
              const auto zero = r * 0;
              d = select(v == most, r, zero);
              r = select(v == most, zero, r);
            },
            out(to, how), inout(remaining), in(x + (first + i) * x_stride), in(y + b.index() * y_stride));
      } else {
        const A w = detail::pooling_weight<A>(mode, i, length, skipped);
        each(b, width, [=](auto& d, auto v) COT_LAMBDA { d = v * w; }, out(to, how), in(g));
      }
    }
  }
};

}  // namespace cot
