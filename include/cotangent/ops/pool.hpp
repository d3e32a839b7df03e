#pragma once
// Pooling of ragged token vectors, one row a sentence.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/pool.hpp>

#include <algorithm>
#include <string>

namespace cot::ops {

using cot::pooling;

/// y[i] = pool(x[offsets[i]], ..., x[offsets[i + 1] - 1]), summed in the accumulator type; `skipped` tokens at the
/// beginning of each sentence are left out.  x: [t, width], offsets: [n + 1] in device memory, y: [n, width].
template <class B, class T>
void pool(B& device, pooling mode, view<const index, 1, B> offsets, view<const T, 2, B> x,
          view<accumulator_of<T>, 2, B> y, index skipped = 0) {
  const index n = y.extent(0), width = y.extent(1);
  if (offsets.extent(0) != n + 1 || x.extent(1) != width)
    throw shape_error("pool", "result", to_string(shape<2>{{offsets.extent(0) - 1, x.extent(1)}}),
                      to_string(y.sizes()));
  const profile_span span(device, work_class::rows, bytes_of(x, y));
  launch_blocks(device, n, block_work{width * (x.extent(0) / std::max(index{1}, n) + 1), false},
                pool_program<T, accumulator_of<T>>{mode, width, offsets.data(), x.data(), x.stride(0), y.data(),
                                                   y.stride(0), skipped});
}

/// dx (+)= the gradient of pool. `y` is its result; rows of x that belong to no sentence are left alone.
template <class B, class T, class A>
void pool_pullback(B& device, pooling mode, view<const index, 1, B> offsets, view<const A, 2, B> dy,
                   view<const T, 2, B> x, view<const A, 2, B> y, view<T, 2, B> dx, store how, index skipped = 0) {
  const index n = dy.extent(0), width = dy.extent(1);
  if (offsets.extent(0) != n + 1 || !(dx.sizes() == x.sizes()) || x.extent(1) != width)
    throw shape_error("pool_pullback", "gradient", to_string(x.sizes()), to_string(dx.sizes()));
  const auto memory_at = device.memory().position();
  A* left =
      mode == pooling::max ? device.memory().template take_array<A>(static_cast<std::size_t>(n * width)) : nullptr;
  const profile_span span(device, work_class::rows, bytes_of(dy, dx));
  launch_blocks(device, n, block_work{width * (x.extent(0) / std::max(index{1}, n) + 1), false},
                pool_pullback_program<T, A>{mode, width, offsets.data(), dy.data(), dy.stride(0), x.data(), x.stride(0),
                                            y.data(), y.stride(0), left, dx.data(), dx.stride(0), how, skipped});
  device.memory().rewind(memory_at);
}

}  // namespace cot::ops
