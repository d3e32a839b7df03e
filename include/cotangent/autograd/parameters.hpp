#pragma once
// `parameters`: all trainable numbers of a model, their gradients beside them, in two flat buffers.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/ops/copy.hpp>

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

/// How the optimizer treats an entry: with weight decay, without, or not at all.
enum class parameter_kind { decayed, undecayed, frozen };

/// Master values and gradients of a model at equal offsets, so that an optimizer is one pass over flat memory. Entries
/// are registered by name, then `allocate` lays them out: those with weight decay first, then those without, then the
/// frozen ones (which have no gradient).
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
    for (const parameter_kind kind : {parameter_kind::decayed, parameter_kind::undecayed, parameter_kind::frozen}) {
      begin_[static_cast<std::size_t>(kind)] = at;
      for (const auto& [first, count] : groups_) {
        if (entries_[first].kind != kind) continue;
        for (std::size_t i = first; i < first + count; ++i) {
          entries_[i].offset = at;
          at += entries_[i].size;
        }
        at = (at + alignment - 1) / alignment * alignment;
      }
    }
    const std::vector<T> zeros(static_cast<std::size_t>(at), T(0));
    values_ = tensor<T, 1, B>::from_host(*device_, zeros, {{at}});
    const index trained = begin_[static_cast<std::size_t>(parameter_kind::frozen)];
    gradients_ =
        tensor<T, 1, B>::from_host(*device_, std::span(zeros).first(static_cast<std::size_t>(trained)), {{trained}});
  }

  [[nodiscard]] B& device() const { return *device_; }
  [[nodiscard]] std::span<const entry> entries() const { return entries_; }
  [[nodiscard]] const entry* find(const std::string& name) const {
    for (const entry& e : entries_)
      if (e.name == name) return &e;
    return nullptr;
  }

  /// All values, and the gradients of those that train (a prefix of the values).
  [[nodiscard]] view<T, 1, B> values() { return values_.view(); }
  [[nodiscard]] view<T, 1, B> gradients() { return gradients_.view(); }
  void zero_gradients() { ops::fill(*device_, gradients_.view(), 0.0); }
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
    return {values_.data() + offset(p), p.sizes};
  }
  /// Empty (a null pointer) for a frozen parameter.
  template <int Rank>
  [[nodiscard]] view<T, Rank, B> gradient(const parameter<Rank>& p) {
    if (entries_[p.first_entry].kind == parameter_kind::frozen) return {};
    return {gradients_.data() + offset(p), p.sizes};
  }

  /// Host copies of one entry, for reading and writing checkpoints.
  [[nodiscard]] std::vector<T> get(const entry& e) const {
    std::vector<T> out(static_cast<std::size_t>(e.size));
    download(*device_, out.data(), values_.data() + e.offset, out.size() * sizeof(T));
    return out;
  }
  void set(const entry& e, std::span<const T> host_values) {
    if (static_cast<index>(host_values.size()) != e.size)
      throw shape_error("parameters", e.name, std::to_string(e.size) + " values", std::to_string(host_values.size()));
    upload(*device_, values_.data() + e.offset, host_values.data(), host_values.size() * sizeof(T));
    touch();
  }

  /// Counts changes of the values: who keeps a derived copy (packed, bf16) compares versions.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  void touch() noexcept { ++version_; }

 private:
  static constexpr index alignment = 16;  // elements: entries start on cache lines
  struct group {
    std::size_t first, count;
  };
  B* device_;
  std::vector<entry> entries_;
  std::vector<group> groups_;
  tensor<T, 1, B> values_, gradients_;
  std::array<index, 3> begin_{};
  std::uint64_t version_ = 1;
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
