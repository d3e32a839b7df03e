#pragma once
// The slope of an activation times the gradient behind it.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/formula/activation.hpp>
#include <cotangent/kernel/rows.hpp>

namespace cot {

/// dx = dy act'(x).
struct activation_pullback_formula {
  activation act;
  template <class Number>
  COT_FN void operator()(Number& dx, const Number& dy, const Number& x) const {
    dx = dy * activation_slope(act, x);
  }
};

namespace ops {

/// dx = dy act'(x), element by element.  All [n, d], contiguous; dx may be dy. Matmuls do this in their epilogue: only
/// the last activation of a model needs it.
template <class B, class T>
void activation_pullback(B& device, activation act, view<const T, 2, B> x, view<const T, 2, B> dy, view<T, 2, B> dx) {
  if (!(x.sizes() == dy.sizes()) || !(x.sizes() == dx.sizes()))
    throw shape_error("activation_pullback", "gradients", to_string(x.sizes()),
                      to_string(dy.sizes()) + ", " + to_string(dx.sizes()));
  if (!x.contiguous() || !dy.contiguous() || !dx.contiguous())
    throw shape_error("activation_pullback", "strides", "no gaps", to_string(dx.strides()));
  const profile_span span(device, work_class::rows, bytes_of(x, dy, dx));
  launch_elements(device, x.size(), true, activation_pullback_formula{act}, out(dx.data()), in(dy.data()),
                  in(x.data()));
}

}  // namespace ops
}  // namespace cot
