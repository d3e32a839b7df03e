#pragma once
// Eigen's matrix product behind the arguments of gemm: the alternative to our own kernels, and the tests' second
// opinion.

#include <cotangent/core/matmul.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/core/shape.hpp>

#if __has_include(<Eigen/Core>)
#include <Eigen/Core>
#else
#include <eigen3/Eigen/Core>  // where Debian and others put it, for builds without CMake
#endif

namespace cot::eigen {

/// C[m, n] = op_a(A) op_b(B), or C += it, in float or double, on the calling thread. Eigen uses the instruction set
/// that the program was compiled for and sums in its own order.
template <class T>
void gemm(transpose op_a, transpose op_b, index m, index n, index k, const T* a, index lda, const T* b, index ldb, T* c,
          index ldc, store mode = store::overwrite) {
  using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using stride = Eigen::OuterStride<>;
  const bool ta = op_a == transpose::yes, tb = op_b == transpose::yes;
  const Eigen::Map<const matrix, 0, stride> left(a, ta ? k : m, ta ? m : k, stride(lda));
  const Eigen::Map<const matrix, 0, stride> right(b, tb ? n : k, tb ? k : n, stride(ldb));
  Eigen::Map<matrix, 0, stride> result(c, m, n, stride(ldc));
  if (mode == store::overwrite) result.setZero();
  if (m == 0 || n == 0 || k == 0) return;
  if (ta && tb)
    result.noalias() += left.transpose() * right.transpose();
  else if (ta)
    result.noalias() += left.transpose() * right;
  else if (tb)
    result.noalias() += left * right.transpose();
  else
    result.noalias() += left * right;
}

}  // namespace cot::eigen
