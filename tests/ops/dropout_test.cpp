#include "ops/dropout_case.hpp"

using namespace cot::test;

TEST_CASE("ops: dropout") { check_operation<dropout_case>(); }
TEST_CASE("ops: dropout in double and bfloat16") { check_numbers<dropout_case>(); }

TEST_CASE("ops: dropout draws the bits of core/random.hpp at any width and position") {
  for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
    if (level > cot::detect_isa()) continue;
    cot::cpu device({.threads = 1, .level = level});
    for (const cot::index d : {1, 16, 37, 64, 100, 384}) {
      bench<cot::cpu> at(device);
      const cot::index n = 7;
      const auto y = at.room<double>({{n, d}});
      cot::ops::dropout(device, at.put<double>(values(static_cast<std::size_t>(n * d), 1.0), {{n, d}}),
                        dropout_of(at, n, 0.3), y);
      const values masks = at.take(y);
      bool same = true;
      for (cot::index i = 0; i < n; ++i)
        for (cot::index j = 0; j < d; ++j) {
          const auto bits = cot::random_bits({1, 2, 3}, static_cast<std::uint32_t>(i / 3), 0, i % 3 * d + j);
          const double expected = bits >= cot::dropout_threshold(0.3) ? 1 / (1 - 0.3) : 0.0;
          same = same && masks[static_cast<std::size_t>(i * d + j)] == expected;
        }
      CHECK(same);
    }
  }
}

TEST_CASE("ops: dropout keeps the share it promises") {
  cot::cpu device;
  bench<cot::cpu> at(device);
  const cot::index n = 300, d = 384;
  const auto y = at.room<float>({{n, d}});
  cot::ops::dropout(device, at.put<float>(values(static_cast<std::size_t>(n * d), 1.0), {{n, d}}),
                    dropout_of(at, n, 0.1), y);
  double sum = 0;
  for (const double e : at.take(y)) sum += e;
  CHECK(sum / static_cast<double>(n * d) == doctest::Approx(1.0).epsilon(0.005));
  CHECK_THROWS_AS(cot::ops::dropout(device, y, dropout_of(at, n, 1.0), y), cot::option_error);
}
