#pragma once
// `batch`: what one training step sees, as host data.

#include <cotangent/core/ragged.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/data/training_rows.hpp>
#include <cotangent/text/encode_batch.hpp>
#include <cotangent/text/tokenizer.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cot::data {

/// Ids of all sentences in one ragged array, column after column: all anchors, then all positives, then the first
/// negatives and so on; n rows each. scores or labels hold n values, or none.
struct batch {
  ragged<std::int32_t> ids;
  index columns = 1;
  std::vector<double> scores = {};
  std::vector<std::int32_t> labels = {};

  /// n: rows of one column.
  [[nodiscard]] index size() const noexcept { return ids.rows() / columns; }
};

/// Encodes the chosen rows. `views`: columns to make where the table has fewer; its last column is then repeated (1
/// column and 2 views: each sentence twice, which dropout tells apart). `parallel` as in encode_batch.
template <class Parallel>
[[nodiscard]] batch make_batch(const text::tokenizer& tokenizer, const training_rows& rows,
                               std::span<const index> chosen, index max_tokens, index views, const Parallel& parallel) {
  const index columns = std::max(views, rows.columns());
  std::vector<std::string_view> texts;
  texts.reserve(chosen.size() * static_cast<std::size_t>(columns));
  for (index c = 0; c < columns; ++c)
    for (const index row : chosen) texts.push_back(rows.text(row, std::min(c, rows.columns() - 1)));
  batch made{text::encode_batch(tokenizer, texts, max_tokens, parallel), columns};
  for (const index row : chosen) {
    if (!rows.scores().empty()) made.scores.push_back(rows.scores()[static_cast<std::size_t>(row)]);
    if (!rows.labels().empty()) made.labels.push_back(rows.labels()[static_cast<std::size_t>(row)]);
  }
  return made;
}

}  // namespace cot::data
