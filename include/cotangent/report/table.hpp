#pragma once
// `table`: rows of text, shown aligned on a terminal or as HTML.

#include <cotangent/core/error.hpp>
#include <cotangent/report/format.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cot::report {

enum class align { left, right };

struct column {
  std::string title;
  align side = align::right;
};

class table {
 public:
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// One cell a column.
  table& add(std::vector<std::string> cells) {
    if (cells.size() != columns_.size())
      throw shape_error("table", "cells in a row", std::to_string(columns_.size()), std::to_string(cells.size()));
    rows_.push_back(std::move(cells));
    return *this;
  }
  /// A rule above the next row, as before a mean.
  table& rule() {
    rules_.push_back(rows_.size());
    return *this;
  }

  [[nodiscard]] const std::vector<column>& columns() const { return columns_; }
  [[nodiscard]] const std::vector<std::vector<std::string>>& rows() const { return rows_; }
  [[nodiscard]] bool rule_above(std::size_t row) const {
    return std::find(rules_.begin(), rules_.end(), row) != rules_.end();
  }

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> rules_;
};

/// Columns two spaces apart, a line under the titles; ends with a newline, no spaces at line ends.
[[nodiscard]] inline std::string to_text(const table& t) {
  std::vector<std::size_t> width;
  for (std::size_t c = 0; c < t.columns().size(); ++c) {
    width.push_back(display_width(t.columns()[c].title));
    for (const auto& row : t.rows()) width[c] = std::max(width[c], display_width(row[c]));
  }
  std::string text;
  const auto line = [&](const auto& cell) {
    std::string one;
    for (std::size_t c = 0; c < width.size(); ++c) {
      if (c) one += "  ";
      const std::string value = cell(c);
      const std::string space(width[c] - display_width(value), ' ');
      one += t.columns()[c].side == align::right ? space + value : value + space;
    }
    one.erase(one.find_last_not_of(' ') + 1);
    text += one + '\n';
  };
  const auto rule = [&] {
    line([&](std::size_t c) {
      std::string dashes;
      for (std::size_t i = 0; i < width[c]; ++i) dashes += "─";
      return dashes;
    });
  };
  line([&](std::size_t c) { return t.columns()[c].title; });
  rule();
  for (std::size_t r = 0; r < t.rows().size(); ++r) {
    if (t.rule_above(r)) rule();
    line([&](std::size_t c) { return t.rows()[r][c]; });
  }
  return text;
}

/// A <table>, everything escaped.
[[nodiscard]] inline std::string to_html(const table& t) {
  const auto cell = [&](const char* tag, std::size_t c, const std::string& value) {
    return std::string("<") + tag + (t.columns()[c].side == align::right ? " class=\"number\">" : ">") +
           escape_markup(value) + "</" + tag + ">";
  };
  std::string html = "<table><thead><tr>";
  for (std::size_t c = 0; c < t.columns().size(); ++c) html += cell("th", c, t.columns()[c].title);
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t r = 0; r < t.rows().size(); ++r) {
    html += t.rule_above(r) ? "<tr class=\"ruled\">" : "<tr>";
    for (std::size_t c = 0; c < t.columns().size(); ++c) html += cell("td", c, t.rows()[r][c]);
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

}  // namespace cot::report
