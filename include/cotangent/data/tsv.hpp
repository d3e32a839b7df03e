#pragma once
// Tab-separated tables: no quoting, a header where the first line names known columns.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/data/line_reader.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace cot::data {

/// What a column of a table holds.
enum class column_role { anchor, positive, negative, score, label };

/// The role of a column by its name in a header; nothing for a name that is not known. sentence1 and sentence2, sent0
/// and sent1 are anchor and positive; text and sentence are anchors; negative, hard_negative and hard_neg may carry a
/// number ("negative_2").
[[nodiscard]] inline std::optional<column_role> role_of_column(std::string_view name) {
  for (const std::string_view known : {"anchor", "sentence1", "sent0", "text", "sentence"})
    if (name == known) return column_role::anchor;
  for (const std::string_view known : {"positive", "sentence2", "sent1"})
    if (name == known) return column_role::positive;
  if (name == "score") return column_role::score;
  if (name == "label") return column_role::label;
  for (const std::string_view known : {"negative", "hard_negative", "hard_neg"}) {
    if (!name.starts_with(known)) continue;
    name.remove_prefix(known.size());
    if (name.starts_with('_') && name.size() > 1) name.remove_prefix(1);
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })
               ? std::optional(column_role::negative)
               : std::nullopt;
  }
  return std::nullopt;
}

/// A whole field as a number.
[[nodiscard]] inline std::optional<double> number_of(std::string_view field) {
  double value = 0;
  const auto [end, failed] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (failed != std::errc{} || end != field.data() + field.size()) return std::nullopt;
  return value;
}

/// Rows of a table. Every row has as many fields as the first line of the file; a quote is an ordinary character. An
/// empty field counts as an empty line, and a first line in braces is refused as JSON lines. All faults are file_errors
/// with their line.
class tsv_reader {
 public:
  explicit tsv_reader(std::string path, empty_lines empty = empty_lines::refuse)
      : lines_(std::move(path), empty), empty_(empty) {}

  [[nodiscard]] const std::string& path() const noexcept { return lines_.path(); }
  [[nodiscard]] std::uint64_t number() const noexcept { return lines_.number(); }
  /// Fields of a row; 0 before the first line is read.
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  /// Roles of the columns, once the first line is read; empty where the file has no header.
  [[nodiscard]] const std::vector<column_role>& header() const noexcept { return header_; }

  /// The next row, valid until the next call; nothing at the end. A line without a tab that begins with "# " goes to
  /// `block`, where one is given: it names the part of the file that follows.
  [[nodiscard]] std::optional<std::span<const std::string_view>> next(std::optional<std::string>* block = nullptr) {
    while (const auto line = lines_.next()) {
      if (block != nullptr && line->starts_with("# ") && line->find('\t') == std::string_view::npos) {
        *block = std::string(line->substr(2));
        continue;
      }
      if (columns_ == 0 && line->starts_with('{') && line->ends_with('}'))
        fail("row", "texts separated by tabs", "a JSON object (JSON lines are not read)");
      split(*line);
      if (columns_ == 0) {
        columns_ = fields_.size();
        if (read_header()) continue;
      }
      if (fields_.size() != columns_)
        fail("row", std::to_string(columns_) + " columns", std::to_string(fields_.size()));
      const auto vacant = std::find(fields_.begin(), fields_.end(), std::string_view{});
      if (vacant == fields_.end()) return fields_;
      if (empty_ == empty_lines::refuse)
        fail("column " + std::to_string(vacant - fields_.begin() + 1), "text", "an empty field");
    }
    return std::nullopt;
  }

  /// A field as a finite number.
  [[nodiscard]] double number(std::string_view field, std::string_view what) const {
    const std::optional<double> value = number_of(field);
    if (!value || !std::isfinite(*value)) fail(what, "a finite number", '"' + std::string(field.substr(0, 60)) + '"');
    return *value;
  }

  /// Refuses the row that `next` gave last.
  [[noreturn]] void fail(std::string_view what, std::string_view expected, std::string_view got) const {
    lines_.fail(what, expected, got);
  }

 private:
  void split(std::string_view line) {
    fields_.clear();
    for (std::size_t tab; (tab = line.find('\t')) != std::string_view::npos; line.remove_prefix(tab + 1))
      fields_.push_back(line.substr(0, tab));
    fields_.push_back(line);
  }

  /// Whether the first line is a header: all its names known, none but negatives twice.
  [[nodiscard]] bool read_header() {
    std::vector<column_role> roles;
    for (const std::string_view name : fields_) {
      const auto role = role_of_column(name);
      if (!role || (*role != column_role::negative && std::find(roles.begin(), roles.end(), *role) != roles.end()))
        return false;
      roles.push_back(*role);
    }
    header_ = std::move(roles);
    return true;
  }

  line_reader lines_;
  empty_lines empty_;
  std::size_t columns_ = 0;
  std::vector<column_role> header_;
  std::vector<std::string_view> fields_;
};

}  // namespace cot::data
