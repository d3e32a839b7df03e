#pragma once
// `encode_batch`: many sentences to one ragged array of ids, on as many threads as the caller has.

#include <cotangent/core/ragged.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/text/tokenizer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cot::text {

/// Row i of the result is encode(texts[i], max_length). `parallel(tasks, f)` calls f(task) for task in [0, tasks), in
/// any order, and lets an exception through; the result does not depend on it:
///
///   encode_batch(tokenizer, texts, 256, [&](cot::index tasks, const auto& f) { parallel_for(device, tasks, f); })
///
/// Texts is any random-access range of strings.
template <class Texts, class Parallel>
[[nodiscard]] ragged<std::int32_t> encode_batch(const tokenizer& t, const Texts& texts, index max_length,
                                                const Parallel& parallel) {
  constexpr index rows_a_task = 32;
  const auto n = static_cast<index>(texts.size());
  const index tasks = (n + rows_a_task - 1) / rows_a_task;
  std::vector<ragged<std::int32_t>> parts(static_cast<std::size_t>(tasks));
  parallel(tasks, [&](index task) {
    ragged<std::int32_t>& part = parts[static_cast<std::size_t>(task)];
    tokenizer::workspace space;
    for (index i = task * rows_a_task; i < std::min(n, (task + 1) * rows_a_task); ++i) {
      t.encode(std::string_view(texts[static_cast<std::size_t>(i)]), max_length, space, part.values);
      part.offsets.push_back(part.size());
    }
  });
  ragged<std::int32_t> all;
  std::size_t size = 0;
  for (const ragged<std::int32_t>& part : parts) size += part.values.size();
  all.values.reserve(size);
  all.offsets.reserve(static_cast<std::size_t>(n) + 1);
  for (const ragged<std::int32_t>& part : parts)
    for (index i = 0; i < part.rows(); ++i) all.push_back(part.row(i));
  return all;
}

/// The same on the caller's thread.
template <class Texts>
[[nodiscard]] ragged<std::int32_t> encode_batch(const tokenizer& t, const Texts& texts, index max_length) {
  return encode_batch(t, texts, max_length, [](index tasks, const auto& f) {
    for (index task = 0; task < tasks; ++task) f(task);
  });
}

}  // namespace cot::text
