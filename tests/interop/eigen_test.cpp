#include <cotangent/core/host_matrix.hpp>
#include <cotangent/interop/eigen.hpp>

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("interop: Eigen reads and writes our memory, strided rows too") {
  cot::host_matrix<double> m(3, 4);
  for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] = static_cast<double>(i);
  auto e = cot::interop::as_eigen(m.view().columns(1, 3));
  REQUIRE(e.rows() == 3);
  REQUIRE(e.cols() == 2);
  CHECK(e(2, 1) == 10);
  e(0, 0) = -7;
  CHECK(m.values[1] == -7);
  e *= 2;
  CHECK(m.values[3] == 3);
  CHECK(m.values[10] == 20);
  const cot::host_matrix<double>& read = m;
  CHECK(cot::interop::as_eigen(read.view()).sum() == doctest::Approx(e.sum() + 0 + 3 + 4 + 7 + 8 + 11));
  CHECK(cot::interop::as_eigen(m.view().row(1))(2) == m.values[6]);
}

TEST_CASE("interop: a view of Eigen's matrices has their strides, of either order") {
  Eigen::MatrixXf columns = Eigen::MatrixXf::Random(3, 5);
  const auto v = cot::interop::as_view(columns);
  CHECK(v.stride(0) == 1);
  CHECK(v(1, 4) == columns(1, 4));
  v(2, 0) = 9;
  CHECK(columns(2, 0) == 9);
  CHECK_THROWS_AS(static_cast<void>(cot::interop::as_eigen(v)), cot::shape_error);
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = Eigen::MatrixXd::Random(2, 6);
  const auto r = cot::interop::as_view(rows);
  CHECK(r.contiguous());
  CHECK(r(1, 5) == rows(1, 5));
}
