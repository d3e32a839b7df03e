#pragma once
// Root-mean-square normalisation: one row forward, a chunk of rows backward.

#include <cotangent/kernel/each.hpp>
#include <cotangent/kernel/scalar_result.hpp>

namespace cot {

/// y = x rstd (gamma + offset) over one row, with rstd = 1 / sqrt(mean(x^2) + epsilon).
template <class T>
struct rms_norm_program {
  using A = accumulator_of<T>;
  index width;
  const T* x;
  index x_stride;
  const A* gamma;
  A offset;
  A epsilon;
  T* y;
  index y_stride;
  A* rstd;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const auto row = in(x + b.index() * x_stride);
    const A square = fold(b, width, plus{}, [](auto v) COT_LAMBDA { return v * v; }, row);
    const A r = A(1) / sqrt(square / static_cast<A>(width) + epsilon), shift = offset;
    each(
        b, width, [=](auto& to, auto v, auto g) COT_LAMBDA { to = v * r * (g + shift); }, out(y + b.index() * y_stride),
        row, in(gamma));
    keep(b, rstd, r);
  }
};

/// Rows [b.index() * chunk, ...): with h = x rstd and g = dy (gamma + offset),  dx (+)= rstd (g - h mean(g h)),  and,
/// where wanted, this chunk's part of dgamma = sum of dy h.
template <class T>
struct rms_norm_pullback_program {
  using A = accumulator_of<T>;
  index rows, width, chunk;
  const T* dy;
  index dy_stride;
  const T* x;
  index x_stride;
  const A* rstd;
  const A* gamma;
  A offset;
  T* dx;
  index dx_stride;
  store mode;
  A* dgamma;  // [chunks, width], null: not wanted

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index first = b.index() * chunk, last = first + chunk < rows ? first + chunk : rows;
    A* part = dgamma != nullptr ? dgamma + b.index() * width : nullptr;
    if (dgamma != nullptr) each(b, width, [](auto& p) COT_LAMBDA { p = 0; }, out(part));
    for (index i = first; i < last; ++i) {
      const A r = rstd[i], shift = offset;
      const auto gradient = in(dy + i * dy_stride);
      const auto input = in(x + i * x_stride);
      if (dgamma != nullptr)
        each(b, width, [=](auto& p, auto d, auto v) COT_LAMBDA { p = fma(d, v * r, p); }, inout(part), gradient, input);
      const A along =
          fold(
              b, width, plus{}, [=](auto d, auto v, auto g) COT_LAMBDA { return d * (g + shift) * (v * r); }, gradient,
              input, in(gamma)) /
          static_cast<A>(width);
      each(
          b, width, [=](auto& to, auto d, auto v, auto g) COT_LAMBDA { to = (d * (g + shift) - v * r * along) * r; },
          out(dx + i * dx_stride, mode), gradient, input, in(gamma));
    }
  }
};

}  // namespace cot
