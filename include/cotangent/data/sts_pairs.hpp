#pragma once
// Pairs of sentences with a gold score: files of semantic textual similarity.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/data/tsv.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cot::data {

/// Where the rows of a named part of a file begin. It ends where the next begins.
struct sts_block {
  std::string name;
  index first = 0;
};

/// first[i] and second[i] are scores[i] similar.
struct sts_pairs {
  std::vector<std::string> first, second;
  std::vector<double> scores;
  std::vector<sts_block> blocks;  // none, or the first begins at row 0

  [[nodiscard]] index size() const noexcept { return static_cast<index>(scores.size()); }
};

/// Reads rows "score, sentence 1, sentence 2", in the order of the header where there is one. A line "# name" begins a
/// part; a file has a part from its first row on, or none. A score that is no finite number, a wrong number of columns,
/// an empty part and a file without rows are file_errors.
[[nodiscard]] inline sts_pairs read_sts_pairs(const std::string& path, empty_lines empty = empty_lines::refuse) {
  tsv_reader reader(path, empty);
  sts_pairs pairs;
  std::optional<std::string> block;
  const auto place = [&](column_role role, std::size_t otherwise) {
    const auto& header = reader.header();
    if (header.empty()) return otherwise;
    const auto found = std::find(header.begin(), header.end(), role);
    if (found == header.end()) reader.fail("header", "score, sentence1, sentence2", "others");
    return static_cast<std::size_t>(found - header.begin());
  };
  while (const auto row = reader.next(&block)) {
    if (row->size() != 3) reader.fail("row", "3 columns (score, sentence 1, sentence 2)", std::to_string(row->size()));
    if (block) {
      if (pairs.blocks.empty() && pairs.size() > 0)
        reader.fail("part \"" + *block + '"', "a part from the first row on", "rows before it");
      pairs.blocks.push_back({std::move(*block), pairs.size()});
      block.reset();
    }
    pairs.scores.push_back(reader.number((*row)[place(column_role::score, 0)], "score"));
    pairs.first.emplace_back((*row)[place(column_role::anchor, 1)]);
    pairs.second.emplace_back((*row)[place(column_role::positive, 2)]);
  }
  if (block) reader.fail("part \"" + *block + '"', "rows", "none");
  if (pairs.size() == 0) throw file_error(path, file_error::position::none(), "table", "at least one row", "none");
  return pairs;
}

}  // namespace cot::data
