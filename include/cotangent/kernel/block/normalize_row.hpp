#pragma once
// Scaling one row to unit length, forward and backward.

#include <cotangent/core/block.hpp>
#include <cotangent/kernel/each.hpp>
#include <cotangent/kernel/scalar_result.hpp>

namespace cot {

/// y = x / max(|x|, floor).
template <class T>
struct normalize_row_program {
  index width;
  const T* x;
  index x_stride;
  T floor;
  T* y;
  index y_stride;
  T* norms;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T* row = x + b.index() * x_stride;
    const T norm = sqrt(fold(b, width, plus{}, [](auto v) COT_LAMBDA { return v * v; }, in(row)));
    const T factor = T(1) / max(floor, norm);
    each(b, width, [=](auto& to, auto v) COT_LAMBDA { to = v * factor; }, out(y + b.index() * y_stride), in(row));
    keep(b, norms, norm);
  }
};

/// dx = (g - (g . y) y) / |x|; where the floor was taken, dx = g / floor, as torch's clamp has it. dx may be g.
template <class T>
struct normalize_row_pullback_program {
  index width;
  const T* gradient;
  index gradient_stride;
  const T* y;
  index y_stride;
  const T* norms;
  T floor;
  T* dx;
  index dx_stride;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T* g = gradient + b.index() * gradient_stride;
    const T* unit = y + b.index() * y_stride;
    const T norm = norms[b.index()];
    const T along = fold(b, width, plus{}, [](auto p, auto q) COT_LAMBDA { return p * q; }, in(g), in(unit));
    const T part = norm > floor ? along : T(0);
    const T factor = T(1) / max(floor, norm);
    each(
        b, width, [=](auto& to, auto p, auto q) COT_LAMBDA { to = (p - q * part) * factor; },
        out(dx + b.index() * dx_stride, mode), in(g), in(unit));
  }
};

}  // namespace cot
