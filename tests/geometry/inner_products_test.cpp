// The kernel of inner products, on every instruction set of this machine, and the eigensolver.
#include <cotangent/backend/cpu/inner_products.hpp>
#include <cotangent/backend/cpu/linalg.hpp>

#include <doctest/doctest.h>

#include <limits>

#include <geometry/fixture.hpp>

using cot::linalg::packed_vectors;

namespace {
double plain(const cot::test::rows& x, cot::index i, const cot::test::rows& y, cot::index j) {
  long double sum = 0;
  for (cot::index e = 0; e < x.d; ++e) sum += static_cast<long double>(x(i, e)) * static_cast<long double>(y(j, e));
  return static_cast<double>(sum);
}
}  // namespace

TEST_CASE("geometry: inner products agree on every instruction set, at every length") {
  for (const cot::index length : {1, 2, 15, 127, 128, 129, 300}) {
    const auto x = cot::test::wave(16, length), y = cot::test::other_view(x);
    const packed_vectors a(x.values.data(), 16, length, length, 1), b(y.values.data(), 16, length, length, 1);
    for (int level = 0; level <= static_cast<int>(cot::detect_isa()); ++level) {
      double block[256];
      cot::linalg::choose_inner_products(static_cast<cot::isa>(level))(a.of_group(0), b.of_group(0), length, block);
      double worst = 0;
      for (cot::index i = 0; i < 16; ++i)
        for (cot::index j = 0; j < 16; ++j) worst = std::max(worst, std::fabs(block[i * 16 + j] - plain(x, i, y, j)));
      CHECK_MESSAGE(worst < 1e-13, "level ", level, ", length ", length, ": off by ", worst);
    }
  }
}

TEST_CASE("geometry: blocks cover all pairs once, whatever the counts") {
  for (const auto& [n, m, length] : {std::tuple{1, 1, 3}, {16, 17, 5}, {33, 40, 140}}) {
    const auto x = cot::test::wave(n, length), y = cot::test::wave(m, length);
    const packed_vectors a(x.values.data(), n, length, length, 1), b(y.values.data(), m, length, length, 1);
    cot::test::rows times(n, m);
    double worst = 0;
    cot::linalg::for_inner_products(a, b, [&](cot::index row, cot::index column, const double* block) {
      for (cot::index i = 0; i < 16; ++i)
        for (cot::index j = 0; j < 16; ++j) {
          if (row + i < n && column + j < m) {
            ++times(row + i, column + j);
            worst = std::max(worst, std::fabs(block[i * 16 + j] - plain(x, row + i, y, column + j)));
          } else {
            worst = std::max(worst, std::fabs(block[i * 16 + j]));
          }
        }
    });
    CHECK(worst < 1e-13);
    for (const double t : times.values) CHECK(t == 1);
  }
}

TEST_CASE("geometry: a Gram matrix is symmetric and added to what is there, from rows and from columns") {
  const auto x = cot::test::wave(37, 150);
  std::vector<double> c(37 * 37, 1.0), d(150 * 150);
  cot::linalg::add_gram(packed_vectors(x.values.data(), 37, 150, 150, 1), c.data());
  cot::linalg::add_gram(packed_vectors(x.values.data(), 150, 37, 1, 150), d.data());
  cot::test::rows transposed(150, 37);
  for (cot::index i = 0; i < 37; ++i)
    for (cot::index j = 0; j < 150; ++j) transposed(j, i) = x(i, j);
  double worst = 0;
  for (cot::index i = 0; i < 37; ++i)
    for (cot::index j = 0; j < 37; ++j)
      worst = std::max(worst, std::fabs(c[static_cast<std::size_t>(i * 37 + j)] - 1 - plain(x, i, x, j)));
  for (cot::index i = 0; i < 150; ++i)
    for (cot::index j = 0; j < 150; ++j)
      worst =
          std::max(worst, std::fabs(d[static_cast<std::size_t>(i * 150 + j)] - plain(transposed, i, transposed, j)));
  CHECK(worst < 1e-12);
}

TEST_CASE("geometry: eigenvalues and eigenvectors rebuild the matrix") {
  const auto x = cot::test::wave(60, 20);
  std::vector<double> m(400);
  cot::linalg::add_gram(packed_vectors(x.values.data(), 20, 60, 1, 20), m.data());
  const auto only_values = cot::linalg::symmetric_eigen(m, 20);
  const auto [values, vectors] = cot::linalg::symmetric_eigen(m, 20, cot::linalg::want::vectors);
  CHECK(only_values.vectors.empty());
  double worst = 0;
  for (std::size_t a = 0; a < 20; ++a) {
    worst = std::max(worst, std::fabs(values[a] - only_values.values[a]));
    for (std::size_t b = 0; b < 20; ++b) {
      double rebuilt = 0, dot = 0;
      for (std::size_t i = 0; i < 20; ++i) {
        rebuilt += values[i] * vectors[i * 20 + a] * vectors[i * 20 + b];
        dot += vectors[a * 20 + i] * vectors[b * 20 + i];
      }
      worst = std::max({worst, std::fabs(rebuilt - m[a * 20 + b]), std::fabs(dot - (a == b ? 1 : 0))});
    }
  }
  CHECK(worst < 1e-12 * values.back());
  CHECK(cot::linalg::symmetric_eigen({}, 0).values.empty());
  CHECK_THROWS_AS(static_cast<void>(cot::linalg::symmetric_eigen(m, 19)), cot::shape_error);
}
