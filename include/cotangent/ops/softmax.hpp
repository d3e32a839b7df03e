#pragma once
// Softmax and log-softmax of rows.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/softmax.hpp>
#include <cotangent/ops/check.hpp>

namespace cot::ops {

/// y_ij = exp(x_ij) / sum_k exp(x_ik), with the row's maximum taken out first.  x, y: [n, d]; y may be x.
template <class B, class T>
void softmax(B& device, detail::matrix<T, B> x, view<T, 2, B> y) {
  detail::check_sizes("softmax", "result", x.sizes(), y.sizes());
  if (x.extent(1) == 0) return;
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, x.extent(0), block_work{x.extent(1), true},
                softmax_program<T>{x.extent(1), x.data(), x.stride(0), y.data(), y.stride(0)});
}

/// dx (+)= y (dy - sum over the row of dy y).  All [n, d]; dx may be dy or y.
template <class B, class T>
void softmax_pullback(B& device, detail::matrix<T, B> y, detail::matrix<T, B> dy, view<T, 2, B> dx, store mode) {
  detail::check_sizes("softmax_pullback", "gradient of the result", y.sizes(), dy.sizes());
  detail::check_sizes("softmax_pullback", "gradient", y.sizes(), dx.sizes());
  const profile_span span(device, work_class::rows, bytes_of(y, dy, dx));
  launch_blocks(device, y.extent(0), block_work{2 * y.extent(1), false},
                softmax_pullback_program<T>{y.extent(1), y.data(), y.stride(0), dy.data(), dy.stride(0), dx.data(),
                                            dx.stride(0), mode});
}

/// y_ij = x_ij - log sum_k exp(x_ik), with the row's maximum taken out first.  x, y: [n, d]; y may be x.
template <class B, class T>
void log_softmax(B& device, detail::matrix<T, B> x, view<T, 2, B> y) {
  detail::check_sizes("log_softmax", "result", x.sizes(), y.sizes());
  if (x.extent(1) == 0) return;
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, x.extent(0), block_work{x.extent(1), true},
                log_softmax_program<T>{x.extent(1), x.data(), x.stride(0), y.data(), y.stride(0)});
}

/// dx (+)= dy - exp(y) sum over the row of dy.  All [n, d]; dx may be dy or y.
template <class B, class T>
void log_softmax_pullback(B& device, detail::matrix<T, B> y, detail::matrix<T, B> dy, view<T, 2, B> dx, store mode) {
  detail::check_sizes("log_softmax_pullback", "gradient of the result", y.sizes(), dy.sizes());
  detail::check_sizes("log_softmax_pullback", "gradient", y.sizes(), dx.sizes());
  const profile_span span(device, work_class::rows, bytes_of(y, dy, dx));
  launch_blocks(device, y.extent(0), block_work{y.extent(1), true},
                log_softmax_pullback_program<T>{y.extent(1), y.data(), y.stride(0), dy.data(), dy.stride(0), dx.data(),
                                                dx.stride(0), mode});
}

}  // namespace cot::ops
