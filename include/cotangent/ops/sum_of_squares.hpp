#pragma once
// The sum of squares of a flat array: what clipping by global norm needs.

#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/sum_of_squares.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace cot::ops {

inline constexpr index sum_of_squares_chunk = 16384;

/// sum_i x_i^2 on the host; waits for the device.  x: [n], contiguous. Chunks of a fixed size in the array's number
/// type, their sums added in double in order: the same bits for any number of threads. `nonzero`, where given, lists
/// the chunks (ascending) outside of which x is 0, and which alone are read: the same bits again.
template <class B, class T>
[[nodiscard]] double sum_of_squares(B& device, view<const T, 1, B> x,
                                    std::optional<std::span<const std::int32_t>> nonzero = {}) {
  constexpr index chunk = sum_of_squares_chunk;
  const index chunks = nonzero ? static_cast<index>(nonzero->size()) : (x.extent(0) + chunk - 1) / chunk;
  if (chunks == 0) return 0;
  const auto memory_at = device.memory().position();
  const auto records_at = device.records().position();
  const auto count = static_cast<std::size_t>(chunks);
  T* partial = device.memory().template take_array<T>(count);
  T* on_host = device.records().template take_array<T>(count);
  const std::int32_t* chosen = nullptr;
  if (nonzero) {
    auto* list = device.memory().template take_array<std::int32_t>(count);
    upload(device, list, nonzero->data(), nonzero->size_bytes());
    chosen = list;
  }
  const profile_span span(device, work_class::rows, static_cast<double>(chunks * chunk) * sizeof(T));
  launch_blocks(device, chunks, block_work{chunk, false},
                sum_of_squares_program<T>{x.data(), x.extent(0), chunk, chosen, partial});
  download(device, on_host, partial, count * sizeof(T));
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) total += static_cast<double>(on_host[i]);
  device.memory().rewind(memory_at);
  device.records().rewind(records_at);
  return total;
}

}  // namespace cot::ops
