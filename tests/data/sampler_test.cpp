// Which rows come when.

#include <cotangent/core/error.hpp>
#include <cotangent/data/length_batches.hpp>
#include <cotangent/data/sampler.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <vector>

namespace {

using cot::index;
using cot::data::permutation;
using cot::data::sampler;

std::vector<index> all_of(const permutation& p, index n) {
  std::vector<index> out;
  for (index i = 0; i < n; ++i) out.push_back(p(i));
  return out;
}

}  // namespace

TEST_CASE("sampler: every epoch's order is a permutation, and another one by seed and by epoch") {
  for (const index n : {1, 2, 3, 7, 64, 1000, 4097}) {
    std::vector<index> sorted = all_of(permutation(n, 5, 0), n);
    std::sort(sorted.begin(), sorted.end());
    for (index i = 0; i < n; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
  }
  const auto base = all_of(permutation(1000, 5, 0), 1000);
  CHECK(base == all_of(permutation(1000, 5, 0), 1000));
  for (const auto& other : {all_of(permutation(1000, 5, 1), 1000), all_of(permutation(1000, 6, 0), 1000),
                            all_of(permutation(1000, 5 + (std::uint64_t{1} << 32), 0), 1000)}) {
    index same = 0;
    for (std::size_t i = 0; i < 1000; ++i) same += base[i] == other[i];
    CHECK(same < 12);  // one is expected
  }
}

TEST_CASE("sampler: every order of four rows is as likely as any other") {
  std::map<std::vector<index>, int> seen;
  constexpr int seeds = 24000;
  for (int seed = 0; seed < seeds; ++seed) ++seen[all_of(permutation(4, static_cast<std::uint64_t>(seed), 3), 4)];
  CHECK(seen.size() == 24);
  double chi_square = 0;
  for (const auto& [order, count] : seen) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  CHECK(chi_square < 49.7);  // 23 degrees of freedom: one in a thousand is above
}

TEST_CASE("sampler: neighbours in the file are no neighbours in the order") {
  constexpr index n = 100000;
  const permutation p(n, 1, 0);
  double sum = 0;
  for (index i = 0; i + 1 < n; ++i) sum += std::abs(static_cast<double>(p(i + 1) - p(i)));
  CHECK(sum / n == doctest::Approx(n / 3.0).epsilon(0.01));  // the mean distance of two random rows
}

TEST_CASE("sampler: an epoch takes each row at most once and drops the last partial batch") {
  const sampler s(103, 10, 42);
  CHECK(s.batches_per_epoch() == 10);
  for (index epoch = 0; epoch < 3; ++epoch) {
    std::set<index> rows;
    for (index i = epoch * 10; i < (epoch + 1) * 10; ++i)
      for (const index row : s.batch(i)) rows.insert(row);
    CHECK(rows.size() == 100);
    CHECK(*rows.rbegin() < 103);
  }
  CHECK(s.batch(7) != s.batch(17));
}

TEST_CASE("sampler: without shuffling rows come in file order, epoch after epoch") {
  const sampler s(7, 3, 42, false);
  CHECK(s.batch(0) == std::vector<index>{0, 1, 2});
  CHECK(s.batch(1) == std::vector<index>{3, 4, 5});
  CHECK(s.batch(2) == std::vector<index>{0, 1, 2});
}

TEST_CASE("sampler: batches are those of an independent implementation") {
  // tests/golden/sampler.py
  CHECK(sampler(1000, 6, 0).batch(0) == std::vector<index>{406, 74, 255, 625, 81, 602});
  CHECK(sampler(1000, 6, 0).batch(200) == std::vector<index>{640, 845, 645, 963, 375, 1});
  CHECK(sampler(1000, 6, 12345678901).batch(3) == std::vector<index>{901, 26, 967, 759, 725, 406});
}

TEST_CASE("sampler: options outside their domain are refused") {
  CHECK_THROWS_AS(sampler(10, 0, 0), cot::option_error);
  CHECK_THROWS_AS(sampler(10, 11, 0), cot::option_error);
  CHECK_THROWS_AS(sampler(0, 1, 0), cot::option_error);
}

TEST_CASE("length_batches: longest first, within the limit, each row once") {
  cot::ragged<std::int32_t> ids;
  const std::vector<index> lengths = {3, 9, 1, 3, 20, 5, 0, 3};
  for (const index n : lengths) ids.push_back(std::vector<std::int32_t>(static_cast<std::size_t>(n)));
  const auto batches = cot::data::length_batches(ids, 10);
  CHECK(batches == std::vector<std::vector<index>>{{4}, {1}, {5, 0}, {3, 7, 2, 6}});
  CHECK_THROWS_AS(static_cast<void>(cot::data::length_batches(ids, 0)), cot::option_error);
  CHECK(cot::data::length_batches({}, 10).empty());
}
