#pragma once
// `for (batch : pairs(...))`: a file as a sequence of encoded batches.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/data/batch.hpp>
#include <cotangent/data/sampler.hpp>
#include <cotangent/data/training_rows.hpp>
#include <cotangent/text/tokenizer.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

namespace cot::data {

struct batch_options {
  index batch = 64;
  index max_tokens = 0;  // a sentence's limit, special tokens included; 0: the tokenizer's own, or 512
  index epochs = 1;
  std::uint64_t seed = 0;
  bool shuffle = true;
};

/// The batches of a table, epoch after epoch: an input range. The tokenizer must outlive it.
class batches {
 public:
  batches(training_rows rows, const text::tokenizer& tokenizer, const batch_options& options)
      : rows_(std::move(rows)),
        tokenizer_(&tokenizer),
        options_(options),
        sampler_(rows_.rows(), options.batch, options.seed, options.shuffle) {
    if (options.epochs < 0) throw option_error("batches", "epochs", "0 or more", std::to_string(options.epochs));
    if (options_.max_tokens == 0) options_.max_tokens = tokenizer.max_length().value_or(512);
  }

  [[nodiscard]] const training_rows& rows() const noexcept { return rows_; }
  [[nodiscard]] index size() const noexcept { return options_.epochs * sampler_.batches_per_epoch(); }

  /// Batch i; any may be asked for, in any order.
  [[nodiscard]] batch operator[](index i) const {
    return make_batch(*tokenizer_, rows_, sampler_.batch(i), options_.max_tokens, rows_.labels().empty() ? 2 : 1,
                      [](index tasks, const auto& f) {
                        for (index task = 0; task < tasks; ++task) f(task);
                      });
  }

  class iterator {
   public:
    using value_type = batch;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(const batches& of, index at) : of_(&of), at_(at) {}
    [[nodiscard]] batch operator*() const { return (*of_)[at_]; }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    void operator++(int) { ++at_; }
    [[nodiscard]] bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    const batches* of_ = nullptr;
    index at_ = 0;
  };
  [[nodiscard]] iterator begin() const { return {*this, 0}; }
  [[nodiscard]] iterator end() const { return {*this, size()}; }

 private:
  training_rows rows_;
  const text::tokenizer* tokenizer_;
  batch_options options_;
  sampler sampler_;
};

/// Batches of a file with exactly this many columns of texts; otherwise a file_error.
[[nodiscard]] inline batches read_batches(const std::string& path, index columns, const text::tokenizer& tokenizer,
                                          const batch_options& options = {}) {
  training_rows rows = read_training_rows({path});
  if (rows.columns() != columns)
    throw file_error(path, file_error::position::line(1), "table", std::to_string(columns) + " columns of texts",
                     std::to_string(rows.columns()));
  return {std::move(rows), tokenizer, options};
}

/// One column: each sentence twice, for dropout to tell apart.
[[nodiscard]] inline batches sentences(const std::string& path, const text::tokenizer& tokenizer,
                                       const batch_options& options = {}) {
  return read_batches(path, 1, tokenizer, options);
}
/// Anchor, positive.
[[nodiscard]] inline batches pairs(const std::string& path, const text::tokenizer& tokenizer,
                                   const batch_options& options = {}) {
  return read_batches(path, 2, tokenizer, options);
}
/// Anchor, positive, hard negative.
[[nodiscard]] inline batches triples(const std::string& path, const text::tokenizer& tokenizer,
                                     const batch_options& options = {}) {
  return read_batches(path, 3, tokenizer, options);
}

}  // namespace cot::data
