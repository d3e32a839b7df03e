#if __has_include(<xtensor/xtensor.hpp>)
#include <cotangent/core/host_matrix.hpp>
#include <cotangent/interop/xtensor.hpp>

#include <doctest/doctest.h>
#include <xtensor/xtensor.hpp>

TEST_CASE("interop: xtensor reads and writes our memory, strided rows too") {
  cot::host_matrix<float> m(3, 4);
  for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] = static_cast<float>(i);
  auto x = cot::interop::as_xtensor(m.view().columns(1, 3));
  REQUIRE(x.shape()[0] == 3);
  REQUIRE(x.shape()[1] == 2);
  CHECK(x(2, 1) == 10.0f);
  x(0, 1) = -5.0f;
  CHECK(m.values[2] == -5.0f);
}

TEST_CASE("interop: a view of an xtensor has its sizes and strides") {
  xt::xtensor<double, 3> a({2, 3, 4}, 0.5);
  a(1, 2, 3) = 8;
  const auto v = cot::interop::as_view(a);
  CHECK(v.sizes() == cot::shape<3>{{2, 3, 4}});
  CHECK(v.contiguous());
  CHECK(v(1, 2, 3) == 8.0);
  v(0, 1, 1) = 3;
  CHECK(a(0, 1, 1) == 3.0);
}
#endif
