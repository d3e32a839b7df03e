#pragma once
// `lines(path)`: one sentence a line.

#include <cotangent/core/error.hpp>
#include <cotangent/data/line_reader.hpp>

#include <string>
#include <vector>

namespace cot::data {

/// All lines of a file, or of standard input ("-"): see line_reader for what is refused. A file without any is a
/// file_error.
[[nodiscard]] inline std::vector<std::string> lines(const std::string& path, empty_lines empty = empty_lines::refuse) {
  line_reader reader(path, empty);
  std::vector<std::string> all;
  while (const auto line = reader.next()) all.emplace_back(*line);
  if (all.empty()) throw file_error(path, file_error::position::none(), "text", "at least one line", "none");
  return all;
}

}  // namespace cot::data
