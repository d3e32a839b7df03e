// The log of a run.
#include <cotangent/report/jsonl.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include <support/temporary.hpp>

using cot::io::json;
using cot::report::jsonl_log;

namespace {
std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
}  // namespace

TEST_CASE("report: the log holds one object a line, on disk after every call") {
  const cot::test::temporary_folder folder;
  const std::string path = (folder / "log.jsonl").string();
  {
    jsonl_log log(path);
    log.write(json::of({{"event", "start"}, {"seed", 0}}));
    CHECK(content(path) == "{\"event\": \"start\", \"seed\": 0}\n");
    log.write(
        json::of({{"event", "step"}, {"step", 1}, {"loss", 0.1}, {"lr", std::numeric_limits<double>::quiet_NaN()}}));
    CHECK(content(path) ==
          "{\"event\": \"start\", \"seed\": 0}\n{\"event\": \"step\", \"step\": 1, \"loss\": 0.1, \"lr\": null}\n");
  }
  jsonl_log(path, jsonl_log::open::append).write(json::of({{"text", "a\nb"}}));
  CHECK(content(path).ends_with("{\"text\": \"a\\nb\"}\n"));
  jsonl_log{path};
  CHECK(content(path).empty());
  CHECK_THROWS_AS(jsonl_log((folder / "absent" / "log.jsonl").string()), cot::file_error);
}
