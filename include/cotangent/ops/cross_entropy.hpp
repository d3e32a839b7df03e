#pragma once
// Softmax cross-entropy of rows of logits against target columns.

#include <cotangent/core/error.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/cross_entropy.hpp>

#include <cstdint>
#include <string_view>

namespace cot::ops {

namespace detail {
inline void check_rows(std::string_view operation, std::string_view what, index expected, index got) {
  if (expected != got) throw shape_error(operation, what, std::to_string(expected), std::to_string(got));
}
}  // namespace detail

/// losses[i] = log sum_j exp z_ij - z_i,targets[i], and lse[i] = log sum_j exp z_ij, which backward needs. A negative
/// target counts nothing.  logits: [n, m]; targets, losses, lse: [n]. Targets below m are the caller's promise.
template <class B, class T>
void cross_entropy(B& device, view<const T, 2, B> logits, view<const std::int32_t, 1, B> targets, view<T, 1, B> losses,
                   view<T, 1, B> lse) {
  const index n = logits.extent(0), m = logits.extent(1);
  detail::check_rows("cross_entropy", "targets", n, targets.extent(0));
  detail::check_rows("cross_entropy", "losses", n, losses.extent(0));
  detail::check_rows("cross_entropy", "lse", n, lse.extent(0));
  if (n > 0 && m == 0) throw shape_error("cross_entropy", "logits", "at least one column", to_string(logits.sizes()));
  const profile_span span(device, work_class::rows, bytes_of(logits));
  launch_blocks(
      device, n, block_work{2 * m, true},
      cross_entropy_program<T>{m, logits.data(), logits.stride(0), targets.data(), losses.data(), lse.data()});
}

/// dlogits = weight * d(sum of losses) / dlogits, which may be the logits themselves.
template <class B, class T>
void cross_entropy_pullback(B& device, view<const T, 2, B> logits, view<const std::int32_t, 1, B> targets,
                            view<const T, 1, B> lse, double weight, view<T, 2, B> dlogits) {
  const index n = logits.extent(0), m = logits.extent(1);
  detail::check_rows("cross_entropy_pullback", "targets", n, targets.extent(0));
  if (!(logits.sizes() == dlogits.sizes()))
    throw shape_error("cross_entropy_pullback", "gradient", to_string(logits.sizes()), to_string(dlogits.sizes()));
  const profile_span span(device, work_class::rows, 2 * bytes_of(logits));
  launch_blocks(device, n, block_work{m, true},
                cross_entropy_pullback_program<T>{m, logits.data(), logits.stride(0), targets.data(), lse.data(),
                                                  static_cast<T>(weight), dlogits.data(), dlogits.stride(0)});
}

}  // namespace cot::ops
