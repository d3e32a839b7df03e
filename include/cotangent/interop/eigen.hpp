#pragma once
// Eigen's matrices and ours, without a copy, both ways.

#include <cotangent/core/error.hpp>
#include <cotangent/core/view.hpp>

#include <Eigen/Core>

#include <string>
#include <type_traits>

namespace cot::interop {

/// A row-major matrix of Eigen's over memory of ours; rows may be strided. Read-only for a view of const.
template <class T>
using eigen_map = Eigen::Map<
    std::conditional_t<std::is_const_v<T>,
                       const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
                       Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>,
    Eigen::Unaligned, Eigen::OuterStride<>>;

/// The same memory as `v`, [rows, columns]. Throws shape_error where the elements of a row are not neighbours.
template <class T, class B>
  requires B::host_memory
[[nodiscard]] eigen_map<T> as_eigen(const view<T, 2, B>& v) {
  if (v.extent(1) > 1 && v.stride(1) != 1)
    throw shape_error("as_eigen", "stride of the last axis", "1", std::to_string(v.stride(1)));
  return {v.data(), v.extent(0), v.extent(1), Eigen::OuterStride<>(v.stride(0))};
}
template <class T, class B>
  requires B::host_memory
[[nodiscard]] Eigen::Map<
    std::conditional_t<std::is_const_v<T>, const Eigen::VectorX<std::remove_const_t<T>>, Eigen::VectorX<T>>>
as_eigen(const view<T, 1, B>& v) {
  if (v.extent(0) > 1 && v.stride(0) != 1) throw shape_error("as_eigen", "stride", "1", std::to_string(v.stride(0)));
  return {v.data(), v.extent(0)};
}

/// A view of a matrix or map of Eigen's, of either storage order: the strides say which. It must outlive the view.
template <class Matrix>
  requires requires(Matrix& m) { m.data(), m.rowStride(), m.colStride(); }
[[nodiscard]] auto as_view(Matrix& m) {
  using T = std::remove_pointer_t<decltype(m.data())>;
  return view<T, 2>(m.data(), {{m.rows(), m.cols()}}, {{m.rowStride(), m.colStride()}});
}

}  // namespace cot::interop
