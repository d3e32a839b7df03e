#pragma once
// Rows to train on: anchors, positives, negatives, and where a file has them scores or labels.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/data/tsv.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::data {

/// How one file of a table was read.
struct training_file {
  std::string path;
  index rows = 0;
  bool header = false;  ///< its first line named the columns, and is no row
};

/// A table of texts: column 0 holds anchors, 1 positives, the others negatives. All texts lie in one block of memory.
class training_rows {
 public:
  [[nodiscard]] index rows() const noexcept { return columns_ == 0 ? 0 : static_cast<index>(ends_.size()) / columns_; }
  [[nodiscard]] index columns() const noexcept { return columns_; }
  [[nodiscard]] std::string_view text(index row, index column) const {
    const auto i = static_cast<std::size_t>(row * columns_ + column);
    const std::size_t start = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(pool_).substr(start, ends_[i] - start);
  }
  /// A score a row, or none.
  [[nodiscard]] std::span<const double> scores() const noexcept { return scores_; }
  /// A class a row, numbered in the order in which their names appear, or none.
  [[nodiscard]] std::span<const std::int32_t> labels() const noexcept { return labels_; }

  /// The files in their order, where the table was read from some.
  [[nodiscard]] std::span<const training_file> files() const noexcept { return files_; }

  /// Appends a row; all rows must have the same number of texts, at least one.
  void add(std::span<const std::string_view> texts) {
    if (texts.empty() || (columns_ != 0 && static_cast<index>(texts.size()) != columns_))
      throw shape_error("training_rows", "texts of a row", columns_ == 0 ? "1 or more" : std::to_string(columns_),
                        std::to_string(texts.size()));
    columns_ = static_cast<index>(texts.size());
    for (const std::string_view text : texts) {
      pool_ += text;
      ends_.push_back(pool_.size());
    }
  }
  void add_score(double score) { scores_.push_back(score); }
  void add_label(const std::string& name) {
    labels_.push_back(label_ids_.emplace(name, static_cast<std::int32_t>(label_ids_.size())).first->second);
  }
  void add_file(training_file file) { files_.push_back(std::move(file)); }

 private:
  std::string pool_;
  std::vector<std::size_t> ends_;
  index columns_ = 0;
  std::vector<double> scores_;
  std::vector<std::int32_t> labels_;
  std::map<std::string, std::int32_t> label_ids_;
  std::vector<training_file> files_;
};

namespace detail {

/// Watches the columns of texts of one file for one that holds numbers only: scores or labels that no header names, on
/// which a model would learn nonsense.
class number_columns {
 public:
  void add(std::span<const std::string_view> texts) {
    if (rows_++ == 0) {
      numbers_.assign(texts.size(), true);
      for (const std::string_view text : texts) first_.emplace_back(number_of(text) ? "" : text);
      return;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) numbers_[i] = numbers_[i] && number_of(texts[i]);
  }
  /// Throws file_error for such a column, also where only the first row, perhaps a header, holds a text in it.
  void refuse(const std::string& path) const {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      if (!numbers_[i] || (!first_[i].empty() && rows_ < 3)) continue;
      throw file_error(path, file_error::position::line(1), "column " + std::to_string(i + 1), "texts",
                       first_[i].empty() ? "numbers in every row: scores or labels need a header that names the columns"
                                         : "numbers below \"" + first_[i] + "\", which is no name of a column");
    }
  }

 private:
  index rows_ = 0;
  std::vector<bool> numbers_;
  std::vector<std::string> first_;  // the first row's texts, empty for numbers
};

}  // namespace detail

/// Reads tables one after the other. Without a header all columns are texts, in the order anchor, positive, negatives;
/// a header names them in any order, and may name a score or a label. Files must agree in their columns. Faults are
/// file_errors with their line; a file without rows is one, and a column of texts that are all numbers.
[[nodiscard]] inline training_rows read_training_rows(const std::vector<std::string>& paths,
                                                      empty_lines empty = empty_lines::refuse) {
  if (paths.empty()) throw option_error("read_training_rows", "files", "at least one", "none");
  training_rows all;
  bool scored = false, labelled = false;
  for (const std::string& path : paths) {
    tsv_reader reader(path, empty);
    std::vector<std::size_t> texts;  // the columns of anchor, positive, negatives
    std::size_t score = 0, label = 0;
    bool has_score = false, has_label = false;
    const auto take_roles = [&] {
      for (const column_role wanted : {column_role::anchor, column_role::positive, column_role::negative})
        for (std::size_t i = 0; i < reader.columns(); ++i)
          if (!reader.header().empty() && reader.header()[i] == wanted) texts.push_back(i);
      for (std::size_t i = 0; i < reader.columns(); ++i) {
        if (reader.header().empty()) {
          texts.push_back(i);
        } else if (reader.header()[i] == column_role::score) {
          score = i, has_score = true;
        } else if (reader.header()[i] == column_role::label) {
          label = i, has_label = true;
        }
      }
      if (texts.empty()) reader.fail("header", "a column of texts", "none");
      if (all.rows() > 0 &&
          (static_cast<index>(texts.size()) != all.columns() || has_score != scored || has_label != labelled))
        reader.fail("file", "the columns of " + paths.front() + " (" + std::to_string(all.columns()) + " of texts)",
                    std::to_string(texts.size()) + " of texts" + (has_score ? ", a score" : "") +
                        (has_label ? ", a label" : ""));
      scored = has_score;
      labelled = has_label;
    };
    const index before = all.rows();
    std::vector<std::string_view> row_texts;
    detail::number_columns numbers;
    while (const auto row = reader.next()) {
      if (texts.empty()) take_roles();
      row_texts.clear();
      for (const std::size_t i : texts) row_texts.push_back((*row)[i]);
      if (has_score) all.add_score(reader.number((*row)[score], "score"));
      if (has_label) all.add_label(std::string((*row)[label]));
      all.add(row_texts);
      numbers.add(row_texts);
    }
    if (all.rows() == before) throw file_error(path, file_error::position::none(), "table", "at least one row", "none");
    numbers.refuse(path);
    all.add_file({path, all.rows() - before, !reader.header().empty()});
  }
  return all;
}

}  // namespace cot::data
