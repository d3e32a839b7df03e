#pragma once
// Weight decay of chosen rows of a table, caught up with.

#include <cotangent/core/error.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/decay_row.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cot::ops {

/// table[rows[i]] *= factors[k] for k = from[i], from[i] + 1, ..., each product rounded.  rows, from: [m], factors:
/// [n], on the host; table: [v, width], contiguous. Rows are distinct.
template <class B, class T>
void decay_rows(B& device, std::span<const std::int32_t> rows, std::span<const std::int32_t> from,
                std::span<const T> factors, view<T, 2, B> table) {
  if (rows.size() != from.size())
    throw shape_error("decay_rows", "first factors", std::to_string(rows.size()), std::to_string(from.size()));
  if (rows.empty() || factors.empty()) return;
  const auto memory_at = device.memory().position();
  const auto on_device = [&]<class U>(std::span<const U> list) {
    U* copy = device.memory().template take_array<U>(list.size());
    upload(device, copy, list.data(), list.size_bytes());
    return static_cast<const U*>(copy);
  };
  const auto width = table.extent(1), count = static_cast<index>(factors.size());
  launch_blocks(device, static_cast<index>(rows.size()), block_work{width * count, false},
                decay_row_program<T>{width, on_device(rows), on_device(from), on_device(factors), count, table.data()});
  device.memory().rewind(memory_at);
}

}  // namespace cot::ops
