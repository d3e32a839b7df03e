#include <cotangent/text/utf8.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::string_view_literals;
using cot::text::decode_utf8;
using cot::text::first_invalid_utf8;

TEST_CASE("utf8: every character is written and read back") {
  std::string all;
  for (char32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::string one;
    cot::text::append_utf8(one, point);
    const auto read = decode_utf8(one, 0);
    if (!read.whole || read.point != point || read.bytes != one.size())
      FAIL_CHECK("code point " << static_cast<unsigned>(point));
    all += one;
  }
  CHECK(first_invalid_utf8(all) == all.size());
}

TEST_CASE("utf8: broken text is found at its byte and repaired as Unicode recommends") {
  struct broken {
    std::string_view text;
    std::size_t at;
    std::string_view repaired;
  };
  // Repairs are those of Python's decode("utf-8", "replace").
  const broken table[] = {
      {"\x80"sv, 0, "\uFFFD"sv},
      {"abc\xFF"sv, 3, "abc\uFFFD"sv},
      {"\xC0\x80"sv, 0, "\uFFFD\uFFFD"sv},                      // overlong
      {"\xC1\xBF"sv, 0, "\uFFFD\uFFFD"sv},                      // overlong
      {"\xE0\x80\x80"sv, 0, "\uFFFD\uFFFD\uFFFD"sv},            // overlong
      {"\xED\xA0\x80"sv, 0, "\uFFFD\uFFFD\uFFFD"sv},            // a surrogate
      {"\xF4\x90\x80\x80"sv, 0, "\uFFFD\uFFFD\uFFFD\uFFFD"sv},  // above U+10FFFF
      {"\xF5\x80"sv, 0, "\uFFFD\uFFFD"sv},
      {"\xC3"sv, 0, "\uFFFD"sv},  // cut off
      {"a\xE2\x82"sv, 1, "a\uFFFD"sv},
      {"\xF0\x9F\x98"sv, 0, "\uFFFD"sv},
      {"\xF0\x9F\x98(x"sv, 0, "\uFFFD(x"sv},
      {"\xE2\x82\xE2\x82\xAC"sv, 0, "\uFFFD\u20AC"sv},
      {"0123456789abcdef\xC3\xA9\xC3"sv, 18, "0123456789abcdef\u00e9\uFFFD"sv},
  };
  for (const auto& row : table) {
    CAPTURE(row.repaired);
    CHECK(first_invalid_utf8(row.text) == row.at);
    CHECK(cot::text::replace_invalid_utf8(row.text) == row.repaired);
  }
  CHECK(cot::text::replace_invalid_utf8("caf\u00e9 \U0001F600") == "caf\u00e9 \U0001F600");
}
