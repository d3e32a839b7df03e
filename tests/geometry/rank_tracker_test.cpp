// The phases of a training run.
#include <cotangent/geometry/rank_tracker.hpp>

#include <doctest/doctest.h>

#include <limits>

#include <geometry/fixture.hpp>

using cot::geometry::find_phases;
using cot::geometry::path_point;
using cot::geometry::rank_tracker;

namespace {
const double undefined = std::numeric_limits<double>::quiet_NaN();
}

TEST_CASE("geometry: phase 1 ends at the rank peak, phase 2 at the best validation") {
  const std::vector<path_point> rank = {{0, 5}, {5, 7}, {10, 9}, {15, 8}, {20, 6}, {25, 12}};
  const std::vector<path_point> validation = {{0, 0.5}, {10, 0.7}, {20, 0.9}, {25, 0.8}};
  const auto phases = find_phases(rank, validation);
  CHECK(phases.first == 0);
  CHECK(phases.peak == 10);  // the larger rank at 25 comes after the best step
  CHECK(phases.best == 20);
  CHECK(phases.of(0) == 1);
  CHECK(phases.of(10) == 1);
  CHECK(phases.of(11) == 2);
  CHECK(phases.of(20) == 2);
  CHECK(phases.of(21) == 0);
  CHECK(find_phases(rank).peak == 25);  // without validation the last step is the best
  CHECK(find_phases(rank).of(25) == 1);
}

TEST_CASE("geometry: ties go to the earlier step, NaN is passed over") {
  const std::vector<path_point> rank = {{0, undefined}, {5, 3}, {10, 3}, {15, undefined}, {20, 2}};
  CHECK(find_phases(rank).peak == 5);
  const std::vector<path_point> validation = {{0, undefined}, {10, 0.5}, {20, 0.5}};
  CHECK(find_phases(rank, validation).best == 10);
  CHECK_THROWS_AS(static_cast<void>(find_phases({})), cot::error);
}

TEST_CASE("geometry: the live phase waits for a lasting fall and goes back at a new peak") {
  rank_tracker tracker({.patience = 2});
  CHECK(std::isnan(tracker.now()));
  std::vector<int> phases;
  cot::index step = 0;
  for (double rank : {4., 5., 4.5, 5.5, 5., 5.2, 4.9, 6.}) {
    tracker.observe(rank, step += 5);
    CHECK(tracker.now() == rank);
    phases.push_back(tracker.phase());
  }
  CHECK(phases == std::vector{1, 1, 1, 1, 1, 2, 2, 1});
  CHECK(tracker.peak().step == 40);
  CHECK(tracker.phases().peak == 40);
  tracker.validate(0.1, 10);
  tracker.validate(0.9, 30);
  tracker.validate(0.3, 40);
  CHECK(tracker.phases().best == 30);
  CHECK(tracker.phases().peak == 20);
}

TEST_CASE("geometry: a moving average bridges a spike") {
  rank_tracker plain, smooth({.window = 3});
  cot::index step = 0;
  for (double rank : {1., 2., 9., 2., 5., 6., 7., 6., 5.}) {
    plain.observe(rank, step);
    smooth.observe(rank, step++);
  }
  CHECK(plain.phases().peak == 2);
  CHECK(smooth.phases().peak == 7);
  CHECK(smooth.smoothed()[1].value == 1.5);
  CHECK(smooth.smoothed()[3].value == doctest::Approx(13. / 3));
}

TEST_CASE("geometry: the tracker measures rows by their effective rank") {
  rank_tracker tracker;
  const auto x = cot::test::wave(32, 8);
  tracker.observe(x);
  tracker.observe(cot::test::as_float(x));
  CHECK(tracker.path()[0].step == 0);
  CHECK(tracker.path()[1].step == 1);
  CHECK(tracker.path()[0].value == cot::geometry::effective_rank{}(x));
  CHECK(tracker.now() == doctest::Approx(tracker.path()[0].value).epsilon(1e-6));
  CHECK_THROWS_AS(tracker.observe(1.0, 1), cot::error);
  CHECK_THROWS_AS(rank_tracker({.window = 0}), cot::option_error);
  CHECK_THROWS_AS(rank_tracker({.patience = 0}), cot::option_error);
}
