// The log of a run.
#include <cotangent/report/jsonl.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include <support/temporary.hpp>

using cot::io::json;
using cot::report::cut_log;
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

TEST_CASE("report: a log is cut to a step, and before a torn line") {
  const cot::test::temporary_folder folder;
  const std::string path = (folder / "log.jsonl").string();
  const std::string start = "{\"event\": \"start\"}\n", one = "{\"event\": \"step\", \"step\": 1}\n",
                    two = "{\"event\": \"step\", \"step\": 2}\n", probe = "{\"event\": \"probe\", \"step\": 2}\n",
                    three = "{\"event\": \"step\", \"step\": 3}\n";
  const auto after_cut = [&](const std::string& text, cot::index step) {
    std::ofstream(path, std::ios::binary) << text;
    const cot::index lines = cut_log(path, step);
    const std::string kept = content(path);
    CHECK(lines == std::count(kept.begin(), kept.end(), '\n'));
    return kept;
  };
  CHECK(after_cut(start + one + two + probe + three, 2) == start + one + two + probe);
  CHECK(after_cut(start + one + two + probe + three, 0) == start);
  CHECK(after_cut(start + one + two, 9) == start + one + two);
  CHECK(after_cut(start + one + two.substr(0, 10), 9) == start + one);
  CHECK(after_cut(start + one + two.substr(0, 10) + "\n" + three, 9) == start + one);
  CHECK(after_cut("", 5).empty());
  CHECK(cut_log((folder / "absent.jsonl").string(), 5) == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "absent.jsonl"));
}
