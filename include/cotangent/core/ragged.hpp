#pragma once
// `ragged`: sentences of different lengths, one after the other, without padding.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cot {

/// Values of n rows, concatenated: row i is values[offsets[i], offsets[i + 1]). Host data.
template <class T>
struct ragged {
  std::vector<T> values;
  std::vector<index> offsets = {0};

  [[nodiscard]] index rows() const noexcept { return static_cast<index>(offsets.size()) - 1; }
  [[nodiscard]] index length(index i) const {
    return offsets[static_cast<std::size_t>(i) + 1] - offsets[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] index size() const noexcept { return static_cast<index>(values.size()); }
  [[nodiscard]] std::span<const T> row(index i) const {
    return std::span(values).subspan(static_cast<std::size_t>(offsets[static_cast<std::size_t>(i)]),
                                     static_cast<std::size_t>(length(i)));
  }
  [[nodiscard]] index longest() const {
    index most = 0;
    for (index i = 0; i < rows(); ++i) most = std::max(most, length(i));
    return most;
  }
  void push_back(std::span<const T> row) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(size());
  }
};

}  // namespace cot
