#pragma once
// A matrix times a scalar that lives on the device.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/each.hpp>

namespace cot::ops {

namespace detail {
template <class T>
struct scale_by_program {
  view<const T, 2> x;
  const T* factor;
  view<T, 2> y;
  store mode;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const T f = *factor;
    each(
        b, x.extent(1), [f](auto& to, auto from) COT_LAMBDA { to = from * f; }, out(y.row(b.index()).data(), mode),
        in(x.row(b.index()).data()));
  }
};
}  // namespace detail

/// y (+)= factor * x.  x, y: [n, d]; factor: a scalar in device memory, so that nothing waits for it.
template <class B, class T>
void scale_by(B& device, view<const T, 2, B> x, view<const T, 0, B> factor, view<T, 2, B> y, store mode) {
  if (!(x.sizes() == y.sizes())) throw shape_error("scale_by", "result", to_string(x.sizes()), to_string(y.sizes()));
  const view<const T, 2> from(x.data(), x.sizes(), x.strides());
  const view<T, 2> to(y.data(), y.sizes(), y.strides());
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, x.extent(0), block_work{.elements = x.extent(1)},
                detail::scale_by_program<T>{from, factor.data(), to, mode});
}

}  // namespace cot::ops
