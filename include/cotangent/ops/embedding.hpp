#pragma once
// Embedding tables: rows gathered and summed, and their gradients scattered back in a fixed order.

#include <cotangent/core/error.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/block/embedding.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace cot::ops {

/// y[t] = word[ids[t]] + position[positions[t]] + type[0].  ids, positions: [t] in device memory, below the tables'
/// sizes (the caller's promise); tables [rows, width], contiguous; type may be empty; y: [t, width], contiguous.
template <class B, class T, class A>
void embedding(B& device, view<const std::int32_t, 1, B> ids, view<const std::int32_t, 1, B> positions,
               view<const A, 2, B> word, view<const A, 2, B> position, view<const A, 2, B> type, view<T, 2, B> y) {
  const index width = y.extent(1);
  for (const auto& table : {word, position})
    if (table.extent(1) != width)
      throw shape_error("embedding", "table", "[rows, " + std::to_string(width) + "]", to_string(table.sizes()));
  if (ids.extent(0) != y.extent(0) || positions.extent(0) != y.extent(0))
    throw shape_error("embedding", "tokens", std::to_string(y.extent(0)), std::to_string(ids.extent(0)));
  const profile_span span(device, work_class::embedding, 3 * bytes_of(y));
  launch_blocks(device, y.extent(0), block_work{3 * width, false},
                embedding_program<T, A>{width, ids.data(), positions.data(), word.data(), position.data(),
                                        type.empty() ? nullptr : type.data(), y.data()});
}

/// dtable[ids[t]] += dy[t] for every token t, in ascending t for each row, whatever the threads.  `ids` is on the host,
/// where the groups are planned.  dy: [t, width], dtable: [rows, width], contiguous.  t log t on the host; reads dy
/// once.
template <class B, class T, class A>
void embedding_pullback(B& device, const std::int32_t* ids, view<const T, 2, B> dy, view<A, 2, B> dtable) {
  const index t = dy.extent(0);
  if (dtable.extent(1) != dy.extent(1))
    throw shape_error("embedding_pullback", "table", to_string(dy.sizes()), to_string(dtable.sizes()));
  if (t >= std::numeric_limits<std::int32_t>::max())
    throw shape_error("embedding_pullback", "tokens", "fewer than 2^31", std::to_string(t));
  if (t == 0) return;
  const profile_span span(device, work_class::embedding, 3 * bytes_of(dy));
  const auto count = static_cast<std::size_t>(t);
  const auto records_at = device.records().position();
  auto* keys = device.records().template take_array<std::uint64_t>(count);
  for (std::size_t i = 0; i < count; ++i)
    keys[i] = static_cast<std::uint64_t>(static_cast<std::uint32_t>(ids[i])) << 32 | i;
  std::sort(keys, keys + count);

  auto* plan = device.records().template take_array<std::int32_t>(3 * count + 1);  // rows | begin | tokens
  std::int32_t *rows = plan, *begin = plan + count, *tokens = begin + count + 1;
  index groups = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = static_cast<std::int32_t>(keys[i] >> 32);
    if (groups == 0 || rows[groups - 1] != row) {
      rows[groups] = row;
      begin[groups++] = static_cast<std::int32_t>(i);
    }
    tokens[i] = static_cast<std::int32_t>(keys[i] & 0xffffffffu);
  }
  begin[groups] = static_cast<std::int32_t>(count);

  const auto memory_at = device.memory().position();
  auto* on_device = device.memory().template take_array<std::int32_t>(3 * count + 1);
  upload(device, on_device, plan, (3 * count + 1) * sizeof(std::int32_t));
  launch_blocks(device, groups, block_work{dy.extent(1) * t / groups * 2, false},
                embedding_pullback_program<T, A>{dy.extent(1), on_device, on_device + count, on_device + 2 * count + 1,
                                                 dy.data(), dtable.data()});
  device.memory().rewind(memory_at);
  device.records().rewind(records_at);
}

}  // namespace cot::ops
