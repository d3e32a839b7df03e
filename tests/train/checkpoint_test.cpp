#include "support/temporary.hpp"

#include <cotangent/io/read_file.hpp>
#include <cotangent/train/checkpoint.hpp>
#include <cotangent/train/history.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <vector>

namespace {

cot::train::checkpoint<float> sample(cot::index step) {
  const auto x = static_cast<float>(step);
  cot::train::checkpoint<float> c;
  c.step = step;
  c.optimizer_steps = step - 1;
  c.settings = cot::io::json::of({{"lr", 5e-5}, {"seed", 7}});
  c.events = {cot::io::json::of({{"event", "step"}, {"step", step}, {"loss", 0.1}})};
  c.values = {x, 2, std::numeric_limits<float>::denorm_min()};
  c.first_moment = {4, x};
  c.second_moment = {6, std::numeric_limits<float>::infinity()};
  return c;
}

}  // namespace

TEST_CASE("train: a checkpoint comes back to the bit, and the newest two are kept") {
  const cot::test::temporary_folder folder;
  const cot::train::checkpoint_folder checkpoints(folder.path().string() + "/checkpoints");
  CHECK(checkpoints.steps().empty());
  for (const cot::index step : {5, 100, 20}) checkpoints.save(sample(step));
  CHECK(checkpoints.steps() == std::vector<cot::index>{20, 100});
  const auto c = checkpoints.load<float>(100), expected = sample(100);
  CHECK(c.step == 100);
  CHECK(c.optimizer_steps == 99);
  CHECK(c.values == expected.values);
  CHECK(c.first_moment == expected.first_moment);
  CHECK(c.second_moment == expected.second_moment);
  CHECK(c.settings == expected.settings);
  CHECK(c.events == expected.events);
}

TEST_CASE("train: a torn checkpoint is passed over") {
  const cot::test::temporary_folder folder;
  const cot::train::checkpoint_folder checkpoints(folder.path().string());
  checkpoints.save(sample(1));
  std::filesystem::create_directories(folder.path() / "2");
  std::filesystem::create_directories(folder.path() / "junk");
  CHECK(checkpoints.steps() == std::vector<cot::index>{1});
}

TEST_CASE("train: a run resumes with the same settings only") {
  const auto then = sample(1).settings;
  CHECK_NOTHROW(cot::train::require_same_settings(then, then));
  auto now = then;
  now["lr"] = 1e-4;
  CHECK_THROWS_WITH_AS(cot::train::require_same_settings(then, now), doctest::Contains("lr"), cot::option_error);
  now = cot::io::json::of({{"lr", 5e-5}});
  CHECK_THROWS_WITH_AS(cot::train::require_same_settings(then, now), doctest::Contains("seed"), cot::option_error);
}

TEST_CASE("train: the log holds just the events of the history, and series leave out what is absent") {
  const cot::test::temporary_folder folder;
  const std::string path = (folder.path() / "log.jsonl").string();
  {
    cot::train::history first(path);
    for (int i = 1; i <= 3; ++i) first.append(cot::io::json::of({{"event", "step"}, {"step", i}, {"loss", 0.5 * i}}));
    first.append(
        cot::io::json::of({{"event", "step"}, {"step", 4}, {"loss", std::numeric_limits<double>::quiet_NaN()}}));
    first.append(cot::io::json::of({{"event", "probe"}, {"step", 4}}));
    const auto series = first.series("step", "lr");
    CHECK(series.empty());
    CHECK(first.series("step", "loss")[1] == std::pair<double, double>{2.0, 1.0});
  }
  const cot::train::history resumed(path, {cot::io::json::of({{"event", "step"}, {"step", 1}, {"loss", 0.5}})});
  CHECK(resumed.events().size() == 1);
  CHECK(cot::io::read_file(path) == "{\"event\": \"step\", \"step\": 1, \"loss\": 0.5}\n");
}
