#pragma once
// Dense linear algebra on the host: the one header that includes Eigen's solvers.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>

#if __has_include(<Eigen/Eigenvalues>)
#include <Eigen/Eigenvalues>
#else
#include <eigen3/Eigen/Eigenvalues>  // where Debian and others put it, for builds without CMake
#endif

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cot::linalg {

/// Eigenvalues of a symmetric matrix, ascending; and, if asked for, orthonormal eigenvectors, the i-th in row i.
struct eigen_decomposition {
  std::vector<double> values;
  std::vector<double> vectors;  // [n, n], or empty
};

enum class want : bool { values, vectors };

/// Of a row-major symmetric [n, n]; only the lower triangle is read. Tridiagonal reduction, then implicit QR: O(n^3),
/// absolute error about eps * max|eigenvalue|. Signs of the vectors are arbitrary, so nothing may depend on them.
/// The Gram route to singular values (s = sqrt of these) squares the condition number: s below about 1.5e-8 of the
/// largest is noise.
[[nodiscard]] inline eigen_decomposition symmetric_eigen(std::span<const double> matrix, index n,
                                                         want what = want::values) {
  if (static_cast<index>(matrix.size()) != n * n)
    throw shape_error("symmetric_eigen", "size of the matrix", std::to_string(n * n), std::to_string(matrix.size()));
  eigen_decomposition result;
  if (n == 0) return result;
  // Column-major storage reads the row-major lower triangle as its upper one; symmetry makes them equal.
  const Eigen::Map<const Eigen::MatrixXd> m(matrix.data(), n, n);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      m.transpose(), what == want::vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success)
    throw error(error_text("symmetric_eigen", "no convergence", "finite entries",
                           "a matrix of " + std::to_string(n) + " rows"));
  result.values.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + n);
  if (what == want::vectors) result.vectors.assign(solver.eigenvectors().data(), solver.eigenvectors().data() + n * n);
  return result;
}

}  // namespace cot::linalg
