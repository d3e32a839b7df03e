// What every header looks like: its size, its beginning, and words that it does not contain.
#include "frame/headers.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace {

bool generated(const cot::test::header& h) { return h.name.starts_with("text/unicode/"); }

bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool contains_word(std::string_view line, std::string_view word) {
  for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const bool starts = at == 0 || !word_character(line[at - 1]);
    const bool ends = at + word.size() >= line.size() || !word_character(line[at + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

/// The line without its comment.
std::string_view code(std::string_view line) { return line.substr(0, line.find("//")); }

}  // namespace

TEST_CASE("frame: words are found whole") {
  CHECK(contains_word("  // TODO: later", "TODO"));
  CHECK(contains_word("virtual", "virtual"));
  CHECK_FALSE(contains_word("virtually", "virtual"));
  CHECK_FALSE(contains_word("a_virtual", "virtual"));
}

TEST_CASE("frame: a header has at most 500 lines of at most 120 columns") {
  for (const cot::test::header& h : cot::test::headers()) {
    if (generated(h)) continue;
    CHECK_MESSAGE(h.lines.size() <= 500, h.name, " has ", h.lines.size(), " lines");
  }
}

TEST_CASE("frame: a header begins with its guard and what it is") {
  for (const cot::test::header& h : cot::test::headers()) {
    const bool guarded = !h.lines.empty() && h.lines[0] == "#pragma once";
    CHECK_MESSAGE(guarded, h.name, " does not begin with #pragma once");
    const bool described = h.lines.size() > 1 && h.lines[1].starts_with("// ");
    CHECK_MESSAGE(described, h.name, " does not say in its second line what it is");
  }
}

TEST_CASE("frame: headers include by angle brackets") {
  for (const cot::test::header& h : cot::test::headers())
    for (const std::string& line : h.lines) CHECK_MESSAGE(!line.starts_with("#include \""), h.name, ": ", line);
}

TEST_CASE("frame: nothing in a header is unfinished, forced on its includer, or dispatched virtually") {
  constexpr std::array<std::string_view, 4> unfinished = {"TODO", "FIXME", "XXX", "HACK"};
  constexpr std::array<std::string_view, 4> unwanted = {"using namespace", "virtual", "enable_if_t", "std::endl"};
  for (const cot::test::header& h : cot::test::headers()) {
    if (generated(h)) continue;
    for (const std::string& line : h.lines) {
      for (const std::string_view word : unfinished) CHECK_MESSAGE(!contains_word(line, word), h.name, ": ", line);
      for (const std::string_view word : unwanted) CHECK_MESSAGE(!contains_word(code(line), word), h.name, ": ", line);
    }
  }
}

TEST_CASE("frame: macros of the library begin with COT") {
  for (const cot::test::header& h : cot::test::headers())
    for (const std::string& line : h.lines)
      if (line.starts_with("#define ")) CHECK_MESSAGE(line.starts_with("#define COT"), h.name, ": ", line);
}
