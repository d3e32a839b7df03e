#pragma once
// Sums over the rows of a matrix: the gradient of a bias.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/column_sum.hpp>
#include <cotangent/ops/copy.hpp>

#include <string>

namespace cot::ops {

/// result[j] (+)= sum_i x[i, j], in the accumulator type.  x: [t, n], result: [n]. Chunks of 128 rows, combined in
/// order: the same bits for any number of threads.
template <class B, class T>
void column_sum(B& device, view<const T, 2, B> x, view<accumulator_of<T>, 1, B> result, store mode) {
  using A = accumulator_of<T>;
  constexpr index chunk = 128;
  const index t = x.extent(0), n = x.extent(1);
  if (result.extent(0) != n)
    throw shape_error("column_sum", "result", "[" + std::to_string(n) + "]", to_string(result.sizes()));
  if (t == 0) {
    if (mode == store::overwrite) fill(device, result, 0.0);
    return;
  }
  const profile_span span(device, work_class::rows, bytes_of(x, result));
  const index chunks = (t + chunk - 1) / chunk;
  const auto memory_at = device.memory().position();
  A* partial = device.memory().template take_array<A>(static_cast<std::size_t>(chunks * n));
  launch_blocks(device, chunks, block_work{chunk * n, false},
                column_sum_program<T, A>{t, n, chunk, x.data(), x.stride(0), partial});
  launch_blocks(device, 1, block_work{chunks * n, false},
                combine_rows_program<A>{chunks, n, partial, result.data(), mode});
  device.memory().rewind(memory_at);
}

}  // namespace cot::ops
