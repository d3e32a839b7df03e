// Includes between the rooms flow one way (rooms.hpp).
#include "frame/headers.hpp"
#include "frame/rooms.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace {

void collect_below(const std::string& room, std::set<std::string>& reached) {
  if (!reached.insert(room).second) return;
  for (const std::string& below : cot::test::rooms_below.at(room)) collect_below(below, reached);
}

/// "core" of "core/view.hpp"; empty for the umbrella headers beside the rooms.
std::string room_of(const std::string& header) {
  const auto slash = header.find('/');
  return slash == std::string::npos ? std::string() : header.substr(0, slash);
}

bool allowed(const std::string& from, const std::string& included) {
  const std::string room = room_of(from);
  if (room.empty()) return true;  // an umbrella header
  const auto exception = cot::test::exceptions.find(room);
  if (exception != cot::test::exceptions.end() && exception->second.contains(included)) return true;
  std::set<std::string> below;
  collect_below(room, below);
  return below.contains(room_of(included));
}

}  // namespace

TEST_CASE("frame: the rule of includes knows right from wrong") {
  CHECK(allowed("nn/linear.hpp", "core/view.hpp"));
  CHECK(allowed("train/loop.hpp", "text/wordpiece.hpp"));
  CHECK(allowed("cotangent.hpp", "train/loop.hpp"));
  CHECK(allowed("interop/eigen.hpp", "backend/cpu.hpp"));
  CHECK_FALSE(allowed("ops/gelu.hpp", "backend/cpu.hpp"));
  CHECK_FALSE(allowed("core/view.hpp", "io/json.hpp"));
  CHECK_FALSE(allowed("report/svg.hpp", "train/loop.hpp"));
  CHECK_FALSE(allowed("loss/info_nce.hpp", "cotangent.hpp"));
}

TEST_CASE("frame: every folder is a room of the table") {
  for (const cot::test::header& header : cot::test::headers()) {
    const std::string room = room_of(header.name);
    CHECK_MESSAGE((room.empty() || cot::test::rooms_below.contains(room)), "no room: ", header.name);
  }
}

TEST_CASE("frame: rooms include only what is below them") {
  for (const cot::test::header& header : cot::test::headers()) {
    if (!room_of(header.name).empty() && !cot::test::rooms_below.contains(room_of(header.name))) continue;
    for (const std::string& line : header.lines) {
      constexpr std::string_view start = "#include <cotangent/";
      if (!line.starts_with(start)) continue;
      const std::string included = line.substr(start.size(), line.find('>') - start.size());
      CHECK_MESSAGE(allowed(header.name, included), header.name, " may not include ", included);
    }
  }
}
