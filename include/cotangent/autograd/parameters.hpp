#pragma once
// `parameters`: all trainable numbers of a model, their gradients beside them, in two flat buffers.

#include <cotangent/autograd/embedding_tables.hpp>
#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/host_memory.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/ops/copy.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cot {

/// A handle: which parameter, of which shape. The numbers are in `parameters`.
template <int Rank>
struct parameter {
  std::size_t first_entry = 0;
  shape<Rank> sizes{};
};

/// How the optimizer treats an entry: with weight decay, and as a table of which a step reaches few rows; with weight
/// decay; without; not at all.
enum class parameter_kind { table, decayed, undecayed, frozen };
inline constexpr std::array parameter_kinds = {parameter_kind::table, parameter_kind::decayed,
                                               parameter_kind::undecayed, parameter_kind::frozen};

/// Master values and gradients of a model at equal offsets, so that an optimizer is one pass over flat memory. Entries
/// are registered by name, then `allocate` lays them out in the order of their kinds; the frozen ones, which have no
/// gradient, last.
///
/// Of a table, memory and time are spent on the rows that training has reached; the others are behind with their weight
/// decay until somebody reads them (see embedding_tables). Whoever asks for all of a table, by value() or gradient(),
/// gets it settled, and as dense as any other parameter.
template <class T, class B>
class parameters {
 public:
  using value_type = T;

  struct entry {
    std::string name;
    std::vector<index> sizes;
    index size = 0;
    parameter_kind kind = parameter_kind::decayed;
    index offset = 0;
  };

  explicit parameters(B& device) : device_(&device) {}

  template <int Rank>
  parameter<Rank> add(std::string name, shape<Rank> sizes, parameter_kind kind) {
    return add_stacked(std::array{std::move(name)}, sizes, kind);
  }

  /// Several entries of one shape that lie one after the other and are used as one parameter, stacked along the
  /// outermost axis: the query, key and value projections of a checkpoint as one matrix.
  template <std::size_t N, int Rank>
  parameter<Rank> add_stacked(std::array<std::string, N> names, shape<Rank> sizes, parameter_kind kind) {
    if (values_.data() != nullptr) throw error("parameters: " + names[0] + " was added after allocate");
    const std::size_t first = entries_.size();
    for (std::string& name : names) {
      if (find(name) != nullptr) throw error("parameters: " + name + " was added twice");
      entries_.push_back({std::move(name), {sizes.extent, sizes.extent + Rank}, sizes.size(), kind, 0});
    }
    groups_.push_back({first, N});
    sizes[0] *= static_cast<index>(N);
    return {first, sizes};
  }

  /// Lays everything out; values are zero until they are set.
  void allocate() {
    index at = 0;
    for (const parameter_kind kind : parameter_kinds) {
      begin_[static_cast<std::size_t>(kind)] = at;
      for (const auto& [first, count] : groups_) {
        if (entries_[first].kind != kind) continue;
        if (kind == parameter_kind::table && (count != 1 || entries_[first].sizes.size() != 2))
          throw shape_error("parameters", entries_[first].name + ", a table", "one matrix",
                            std::to_string(count) + " of rank " + std::to_string(entries_[first].sizes.size()));
        for (std::size_t i = first; i < first + count; ++i) {
          entries_[i].offset = at;
          at += entries_[i].size;
        }
        at = (at + alignment - 1) / alignment * alignment;
      }
    }
    values_ = zeros(at);
    gradients_ = zeros(begin_[static_cast<std::size_t>(parameter_kind::frozen)]);
    tables_ = embedding_tables<T, B>(*device_, values_.view());
    for (const entry& e : entries_)
      if (e.kind == parameter_kind::table) tables_.add(e.offset, {{e.sizes[0], e.sizes[1]}});
  }

  [[nodiscard]] B& device() const { return *device_; }
  [[nodiscard]] std::span<const entry> entries() const { return entries_; }
  [[nodiscard]] const entry* find(const std::string& name) const {
    for (const entry& e : entries_)
      if (e.name == name) return &e;
    return nullptr;
  }

  /// All values, and the gradients of those that train (a prefix of the values).
  [[nodiscard]] view<T, 1, B> values() {
    tables_.settle_all();
    return values_.view();
  }
  [[nodiscard]] view<T, 1, B> gradients() { return gradients_.view(); }
  /// As they lie there: rows of tables that nobody has reached may be owed weight decay.
  [[nodiscard]] view<T, 1, B> unsettled_values() { return values_.view(); }
  /// The part of a flat buffer that is of one kind.
  [[nodiscard]] view<T, 1, B> of_kind(view<T, 1, B> flat, parameter_kind kind) const {
    const auto [first, last] = range(kind);
    return flat.rows(first, last);
  }
  void zero_gradients() {
    tables_.zero_reached(gradients_.view());
    const index first = range(parameter_kind::table).second;
    ops::fill(*device_, gradients_.view().rows(first, gradients_.size()), 0.0);
    tables_.end_step();
  }
  /// A buffer beside the gradients, zero: where an optimizer keeps a moment. What it holds for rows of tables that are
  /// never reached takes no room.
  [[nodiscard]] tensor<T, 1, B> moment() { return zeros(gradients_.size()); }
  /// [first, last) of the flat buffers for one kind.
  [[nodiscard]] std::pair<index, index> range(parameter_kind kind) const {
    const auto k = static_cast<std::size_t>(kind);
    return {begin_[k], k + 1 < begin_.size() ? begin_[k + 1] : values_.size()};
  }

  template <int Rank>
  [[nodiscard]] index offset(const parameter<Rank>& p) const {
    return entries_[p.first_entry].offset;
  }
  template <int Rank>
  [[nodiscard]] view<T, Rank, B> value(const parameter<Rank>& p) {
    if (entries_[p.first_entry].kind == parameter_kind::table) tables_.settle_all();
    return {values_.data() + offset(p), p.sizes};
  }
  /// Empty (a null pointer) for a frozen parameter.
  template <int Rank>
  [[nodiscard]] view<T, Rank, B> gradient(const parameter<Rank>& p) {
    const parameter_kind kind = entries_[p.first_entry].kind;
    if (kind == parameter_kind::frozen) return {};
    if constexpr (Rank == 2)
      if (kind == parameter_kind::table) tables_.reach_all(tables_.number_at(offset(p)));
    return {gradients_.data() + offset(p), p.sizes};
  }

  /// A table for a node that reads some rows of it.
  [[nodiscard]] table_weight<T, B> rows_of(const parameter<2>& p, bool train) {
    const entry& e = entries_[p.first_entry];
    if (e.kind != parameter_kind::table) throw error("parameters: " + e.name + " is not a table");
    return {&tables_, tables_.number_at(e.offset), view<const T, 2, B>(values_.data() + e.offset, p.sizes),
            train ? view<T, 2, B>(gradients_.data() + e.offset, p.sizes) : view<T, 2, B>()};
  }
  /// For optimizers.
  [[nodiscard]] embedding_tables<T, B>& tables() { return tables_; }

  /// Host copies of one entry, for reading and writing checkpoints.
  [[nodiscard]] std::vector<T> get(const entry& e) {
    if (e.kind == parameter_kind::table) tables_.settle_all();
    std::vector<T> out(static_cast<std::size_t>(e.size));
    download(*device_, out.data(), values_.data() + e.offset, out.size() * sizeof(T));
    return out;
  }
  void set(const entry& e, std::span<const T> host_values) {
    if (static_cast<index>(host_values.size()) != e.size)
      throw shape_error("parameters", e.name, std::to_string(e.size) + " values", std::to_string(host_values.size()));
    if (e.kind == parameter_kind::table) tables_.settle_all();
    upload(*device_, values_.data() + e.offset, host_values.data(), host_values.size() * sizeof(T));
    touch();
  }

  /// Counts changes of the values: who keeps a derived copy (packed, bf16) compares versions.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  void touch() noexcept { ++version_; }

  /// All values but of tables in bfloat16, for models that multiply in it: converted when they have changed, unless an
  /// optimizer has brought the copy up to date as it went over them.
  [[nodiscard]] view<const bfloat16, 1, B> narrowed() {
    if (narrowed_version_ != version_) {
      const view<const T, 1, B> from = values_.view().rows(range(parameter_kind::table).second, values_.size());
      if (narrowed_.size() == 0) narrowed_ = tensor<bfloat16, 1, B>(*device_, from.sizes());
      ops::cast(*device_, from, narrowed_.view());
      narrowed_version_ = version_;
    }
    return narrowed_.view();
  }
  /// For optimizers: where the part of that copy lies that is of one kind; empty if there is none worth keeping.
  [[nodiscard]] view<bfloat16, 1, B> narrowed_to_update(parameter_kind kind) {
    if (narrowed_version_ != version_) return {};
    const index tables = range(parameter_kind::table).second;
    return narrowed_.view().rows(range(kind).first - tables, range(kind).second - tables);
  }
  /// The values have changed, and that copy, where it was worth keeping, with them.
  void touch_with_narrowed() noexcept {
    if (narrowed_version_ == version_) ++narrowed_version_;
    touch();
  }

 private:
  static constexpr index alignment = 16;  // elements: entries start on cache lines
  struct group {
    std::size_t first, count;
  };

  [[nodiscard]] tensor<T, 1, B> zeros(index size) {
    tensor<T, 1, B> t(*device_, {{size}});
    const index sparse = std::min(size, range(parameter_kind::table).second);
    if constexpr (B::host_memory) {
      host_memory_source::zero(t.data(), static_cast<std::size_t>(sparse) * sizeof(T), true);
      host_memory_source::zero(t.data() + sparse, static_cast<std::size_t>(size - sparse) * sizeof(T));
    } else {
      ops::fill(*device_, t.view(), 0.0);
    }
    return t;
  }

  B* device_;
  std::vector<entry> entries_;
  std::vector<group> groups_;
  tensor<T, 1, B> values_, gradients_;
  embedding_tables<T, B> tables_;
  std::array<index, parameter_kinds.size()> begin_{};
  tensor<bfloat16, 1, B> narrowed_;
  std::uint64_t version_ = 1, narrowed_version_ = 0;
};

/// What a module's node needs of one parameter: the value in the number type that multiplies, and where its gradient is
/// added in the accumulator type (a null view: nobody trains it).
template <class M, int Rank, class B, class A>
struct weight {
  view<const M, Rank, B> value;
  view<A, Rank, B> gradient;
  [[nodiscard]] bool trained() const { return gradient.data() != nullptr; }
};

}  // namespace cot
