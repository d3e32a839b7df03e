#pragma once
// `embedding_tables`: the tables among a model's parameters, at the cost of the rows that training reaches.

#include <cotangent/autograd/table_rows.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/decay_rows.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cot {

/// Rows that no step has reached have gradient and moments 0, so that the dense update only decays them. The optimizer
/// leaves them alone and says by which factor (`owe`); a row gets the factors that it has missed before anybody reads
/// it (`settle`), one rounding multiplication a step: the bits of the dense update.
template <class T, class B>
class embedding_tables {
 public:
  /// None. The values are those of all parameters; the tables lie in them.
  embedding_tables() = default;
  embedding_tables(B& device, view<T, 1, B> values) : device_(&device), values_(values) {}
  void add(index offset, shape<2> sizes) {
    tables_.push_back(
        {offset, sizes, table_rows(sizes[0]), std::vector<std::int32_t>(static_cast<std::size_t>(sizes[0]))});
  }

  [[nodiscard]] std::size_t size() const { return tables_.size(); }
  [[nodiscard]] const table_rows& rows(std::size_t number) const { return tables_[number].rows; }
  /// The number of the table at an offset of the values, which has one.
  [[nodiscard]] std::size_t number_at(index offset) const {
    std::size_t number = 0;
    while (tables_[number].offset != offset) ++number;
    return number;
  }
  /// A table's part of a buffer that is laid out as the values.
  [[nodiscard]] view<T, 2, B> part_of(view<T, 1, B> flat, std::size_t number) const {
    return {flat.data() + tables_[number].offset, tables_[number].sizes};
  }

  /// The step in progress adds to the gradients of these rows.
  void reach(std::size_t number, std::span<const std::int32_t> ids) {
    settle(number, ids);
    tables_[number].rows.reach(ids);
  }
  void reach_all(std::size_t number) {
    settle_all();
    tables_[number].rows.reach_all();
  }
  void end_step() {
    for (table& t : tables_) t.rows.end_step();
  }
  /// Zeroes what a buffer that is laid out as the values holds for rows reached.
  void zero_reached(view<T, 1, B> flat) {
    for (std::size_t number = 0; number < size(); ++number) {
      const auto part = part_of(flat, number);
      for (const std::int32_t row : rows(number).reached()) ops::fill(*device_, part.row(row), 0.0);
    }
  }

  /// The optimizer's step has multiplied the rows reached by `factor`, and the others not yet.
  void owe(T factor) {
    if (tables_.empty() || factor == T(1)) return;
    if (owed_.size() == most_owed) settle_all();
    owed_.reserve(most_owed);
    owed_.push_back(factor);
  }
  /// Gives these rows all that they are owed.
  void settle(std::size_t number, std::span<const std::int32_t> ids) {
    if (owed_.empty()) return;
    for (const std::int32_t id : ids) note_debt(tables_[number], id);
    pay(number);
  }
  void settle_all() {
    if (owed_.empty()) return;
    for (std::size_t number = 0; number < size(); ++number) {
      for (std::int32_t id = 0; id < static_cast<std::int32_t>(rows(number).size()); ++id)
        note_debt(tables_[number], id);
      pay(number);
      std::fill(tables_[number].had.begin(), tables_[number].had.end(), 0);
    }
    owed_.clear();
  }

 private:
  static constexpr std::size_t most_owed = 1 << 12;  // factors before everybody is settled: a few ms, now and then
  struct table {
    index offset;
    shape<2> sizes;
    table_rows rows;
    std::vector<std::int32_t> had;  // by row: how many of the factors owed it has had
  };

  void note_debt(table& t, std::int32_t id) {
    auto& had = t.had[static_cast<std::size_t>(id)];
    const auto owed = static_cast<std::int32_t>(owed_.size());
    if (t.rows.is_reached(id) || had == owed) return;
    in_debt_.push_back(id);
    first_missed_.push_back(had);
    had = owed;
  }
  void pay(std::size_t number) {
    if (in_debt_.empty()) return;
    const profile_span span(*device_, work_class::optimizer);
    ops::decay_rows(*device_, std::span<const std::int32_t>(in_debt_), std::span<const std::int32_t>(first_missed_),
                    std::span<const T>(owed_), part_of(values_, number));
    in_debt_.clear();
    first_missed_.clear();
  }

  B* device_ = nullptr;
  view<T, 1, B> values_;
  std::vector<table> tables_;
  std::vector<T> owed_;                               // factors that rows never reached have not had, a step each
  std::vector<std::int32_t> in_debt_, first_missed_;  // rows of the call in progress, and their first factor of owed_
};

/// What a node needs of an embedding table: it says which rows it reads, before it reads them, and of which it has
/// written the gradient.
template <class T, class B>
struct table_weight {
  embedding_tables<T, B>* tables = nullptr;
  std::size_t number = 0;
  view<const T, 2, B> value;
  view<T, 2, B> gradient;  ///< null: nobody trains it

  [[nodiscard]] bool trained() const { return gradient.data() != nullptr; }
  /// ids on the host, below the number of rows.
  void before_reading(std::span<const std::int32_t> ids) const { tables->settle(number, ids); }
  void reach(std::span<const std::int32_t> ids) const { tables->reach(number, ids); }
};

}  // namespace cot
