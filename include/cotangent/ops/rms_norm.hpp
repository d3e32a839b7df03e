#pragma once
// Root-mean-square normalisation of rows.

#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/column_sum.hpp>
#include <cotangent/kernel/block/rms_norm.hpp>
#include <cotangent/ops/check.hpp>

namespace cot::ops {

/// y = x rstd (gamma + offset) over each row, rstd = 1 / sqrt(mean(x^2) + epsilon), kept for the pullback.  x, y: [n,
/// d]; gamma: [d]; rstd: [n]. `offset` is 1 where a model stores gamma - 1 (Gemma), else 0.  Zhang and Sennrich 2019.
template <class B, class T>
void rms_norm(B& device, detail::matrix<T, B> x, detail::numbers<T, B> gamma, double offset, double epsilon,
              view<T, 2, B> y, detail::statistics<T, B> rstd) {
  using A = accumulator_of<T>;
  detail::check_sizes("rms_norm", "result", x.sizes(), y.sizes());
  detail::check_length("rms_norm", "gamma", x.extent(1), gamma.extent(0));
  if (rstd.data() != nullptr) detail::check_length("rms_norm", "rstd", x.extent(0), rstd.extent(0));
  if (x.extent(1) == 0) return;
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, x.extent(0), block_work{2 * x.extent(1), false},
                rms_norm_program<T>{x.extent(1), x.data(), x.stride(0), gamma.data(), static_cast<A>(offset),
                                    static_cast<A>(epsilon), y.data(), y.stride(0), rstd.data()});
}

/// dx (+)= rstd (g - h mean(g h)) with g = dy (gamma + offset), h = x rstd;  dgamma += sum over rows of dy h (null: not
/// computed). dx may be dy.
template <class B, class T>
void rms_norm_pullback(B& device, detail::matrix<T, B> dy, detail::matrix<T, B> x, detail::numbers<T, B> rstd,
                       detail::numbers<T, B> gamma, double offset, view<T, 2, B> dx, store mode,
                       detail::statistics<T, B> dgamma) {
  using A = accumulator_of<T>;
  detail::check_sizes("rms_norm_pullback", "gradient of the result", x.sizes(), dy.sizes());
  detail::check_sizes("rms_norm_pullback", "gradient", x.sizes(), dx.sizes());
  const index n = x.extent(0), d = x.extent(1);
  if (n == 0 || d == 0) return;
  const index chunk = detail::rows_of_chunk(n), chunks = (n + chunk - 1) / chunk;
  const auto mark = device.memory().position();
  A* parts =
      dgamma.data() != nullptr ? device.memory().template take_array<A>(static_cast<std::size_t>(chunks * d)) : nullptr;
  const profile_span span(device, work_class::rows, bytes_of(dy, x, dx));
  launch_blocks(
      device, chunks, block_work{4 * chunk * d, false},
      rms_norm_pullback_program<T>{n, d, chunk, dy.data(), dy.stride(0), x.data(), x.stride(0), rstd.data(),
                                   gamma.data(), static_cast<A>(offset), dx.data(), dx.stride(0), mode, parts});
  if (parts != nullptr)
    launch_blocks(device, 1, block_work{chunks * d, false},
                  combine_rows_program<A>{chunks, d, parts, dgamma.data(), store::add});
  device.memory().rewind(mark);
}

}  // namespace cot::ops
