#pragma once
// Layer normalisation of one row, forward and backward.

#include <cotangent/kernel/each.hpp>
#include <cotangent/kernel/scalar_result.hpp>

namespace cot {

/// y = (x - mean) rstd gamma + beta over one row, with rstd = 1 / sqrt(variance + epsilon), population variance. The mean is
/// taken out before squaring, so that a large mean costs no digits.
template <class T>
struct layer_norm_program {
  using A = accumulator_of<T>;
  index width;
  const T* x;
  index x_stride;
  const A* gamma;
  const A* beta;
  A epsilon;
  T* y;
  index y_stride;
  A* mean;
  A* rstd;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T* row = x + b.index() * x_stride;
    const A d = static_cast<A>(width);
    const A m = fold(b, width, plus{}, [](auto v) COT_LAMBDA { return v; }, in(row)) / d;
    const A square = fold(b, width, plus{}, [=](auto v) COT_LAMBDA { const auto c = v - m; return c * c; }, in(row));
    const A r = A(1) / sqrt(square / d + epsilon);
    each(b, width, [=](auto& to, auto v, auto g, auto c) COT_LAMBDA { to = fma((v - m) * r, g, c); },
         out(y + b.index() * y_stride), in(row), in(gamma), in(beta));
    keep(b, mean, m);
    keep(b, rstd, r);
  }
};

}  // namespace cot
