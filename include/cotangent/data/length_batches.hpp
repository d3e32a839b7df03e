#pragma once
// Batches of sentences of about one length, for embedding.

#include <cotangent/core/error.hpp>
#include <cotangent/core/ragged.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace cot::data {

/// The rows of `ids`, the longest first (so that memory is at its peak in the first batch), cut into batches of at most
/// `most_tokens` tokens; a row that is longer is a batch of its own. Rows of one length keep their order.
[[nodiscard]] inline std::vector<std::vector<index>> length_batches(const ragged<std::int32_t>& ids,
                                                                    index most_tokens) {
  if (most_tokens < 1) throw option_error("length_batches", "most_tokens", "1 or more", std::to_string(most_tokens));
  std::vector<index> order(static_cast<std::size_t>(ids.rows()));
  std::iota(order.begin(), order.end(), index{0});
  std::sort(order.begin(), order.end(),
            [&](index a, index b) { return ids.length(a) != ids.length(b) ? ids.length(a) > ids.length(b) : a < b; });
  std::vector<std::vector<index>> batches;
  index tokens = 0;
  for (const index row : order) {
    if (batches.empty() || tokens + ids.length(row) > most_tokens) {
      batches.emplace_back();
      tokens = 0;
    }
    batches.back().push_back(row);
    tokens += ids.length(row);
  }
  return batches;
}

}  // namespace cot::data
