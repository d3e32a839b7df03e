#pragma once
// `host_matrix`: rows in ordinary host memory, as results are handed out.

#include <cotangent/core/shape.hpp>
#include <cotangent/core/view.hpp>

#include <vector>

namespace cot {

/// An owning [rows, width] matrix, row-major.
template <class T>
struct host_matrix {
  std::vector<T> values;
  index width = 0;

  host_matrix() = default;
  host_matrix(index rows, index columns) : values(static_cast<std::size_t>(rows * columns)), width(columns) {}

  [[nodiscard]] index rows() const { return width > 0 ? static_cast<index>(values.size()) / width : 0; }
  [[nodiscard]] cot::view<T, 2> view() { return {values.data(), shape<2>{{rows(), width}}}; }
  [[nodiscard]] cot::view<const T, 2> view() const { return {values.data(), shape<2>{{rows(), width}}}; }
};

}  // namespace cot
