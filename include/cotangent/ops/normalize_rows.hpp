#pragma once
// Rows scaled to unit length.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/normalize_row.hpp>

#include <string>

namespace cot::ops {

/// y = x / max(|x|, floor) and the norms |x| of the rows.  x, y: [n, d]; norms: [n].
template <class B, class T>
void normalize_rows(B& device, view<const T, 2, B> x, double floor, view<T, 2, B> y, view<T, 1, B> norms) {
  if (!(x.sizes() == y.sizes()))
    throw shape_error("normalize_rows", "result", to_string(x.sizes()), to_string(y.sizes()));
  if (norms.extent(0) != x.extent(0))
    throw shape_error("normalize_rows", "norms", std::to_string(x.extent(0)), std::to_string(norms.extent(0)));
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, x.extent(0), block_work{2 * x.extent(1), false},
                normalize_row_program<T>{x.extent(1), x.data(), x.stride(0), static_cast<T>(floor), y.data(),
                                         y.stride(0), norms.data()});
}

/// dx (+)= (dy - (dy . y) y) / max(norm, floor).  dx may be dy itself (overwrite).
template <class B, class T>
void normalize_rows_pullback(B& device, view<const T, 2, B> dy, view<const T, 2, B> y, view<const T, 1, B> norms,
                             double floor, view<T, 2, B> dx, store mode) {
  if (!(dy.sizes() == y.sizes()) || !(dx.sizes() == y.sizes()))
    throw shape_error("normalize_rows_pullback", "gradients", to_string(y.sizes()),
                      to_string(dy.sizes()) + ", " + to_string(dx.sizes()));
  const profile_span span(device, work_class::rows, bytes_of(dy, y, dx));
  launch_blocks(device, y.extent(0), block_work{2 * y.extent(1), false},
                normalize_row_pullback_program<T>{y.extent(1), dy.data(), dy.stride(0), y.data(), y.stride(0),
                                                  norms.data(), static_cast<T>(floor), dx.data(), dx.stride(0), mode});
}

}  // namespace cot::ops
