// Every code point through every stage, against hashes of what the Rust crate does.

#include "support.hpp"

#include <cotangent/text/added_tokens.hpp>
#include <cotangent/text/byte_level.hpp>
#include <cotangent/text/normalizer.hpp>
#include <cotangent/text/word_piece.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>

namespace {

using stage = std::function<std::string(const std::string& character)>;

stage normalizing(const cot::text::normalizer_step& step) {
  return [n = cot::text::normalizer({step})](const std::string& c) {
    cot::text::normalizer::workspace space;
    return std::string(n("a" + c + "\u0301" + c + "\u0323b", space));
  };
}

void check_all(const std::string& name, const stage& f) {
  const auto columns = cot::test::golden_columns("tokenizer/code_points.tsv");
  const auto& expected = columns.at(name);
  REQUIRE(expected.size() == 68);
  for (char32_t block = 0; block < 0x110000; block += 0x4000) {
    cot::test::golden_hash hash;
    for (char32_t point = block; point < block + 0x4000; ++point) {
      if (point >= 0xD800 && point <= 0xDFFF) continue;
      std::string character;
      cot::text::append_utf8(character, point);
      hash.add(f(character));
      hash.add(std::string_view("\0", 1));
    }
    CAPTURE(block);
    CHECK(hash.text() == expected[block / 0x4000]);
  }
}

constexpr cot::text::bert_normalizer nothing{
    .clean_text = false, .handle_chinese_chars = false, .strip_accents = false, .lowercase = false};

cot::text::bert_normalizer with(bool clean, bool chinese, bool strip, bool lower) {
  cot::text::bert_normalizer n = nothing;
  n.clean_text = clean;
  n.handle_chinese_chars = chinese;
  n.strip_accents = strip;
  n.lowercase = lower;
  return n;
}

/// The parts that a splitter makes of a text, with U+001F between them.
template <class Split, class Write>
std::string joined(std::string_view text, Split split, Write write) {
  std::string all;
  split(text, [&](std::string_view part) {
    if (!all.empty()) all += '\x1f';
    all += write(part);
    return true;
  });
  return all;
}

}  // namespace

TEST_CASE("text: clean_text, Chinese characters, accents and lower case of every code point are the Rust crate's") {
  check_all("clean", normalizing(with(true, false, false, false)));
  check_all("chinese", normalizing(with(false, true, false, false)));
  check_all("strip", normalizing(with(false, false, true, false)));
  check_all("lowercase", normalizing(with(false, false, false, true)));
  check_all("bert", normalizing(cot::text::bert_normalizer{}));
}

TEST_CASE("text: NFD and StripAccents of every code point are the Rust crate's") {
  check_all("nfd", normalizing(cot::text::nfd_normalizer{}));
  check_all("strip_accents", normalizing(cot::text::strip_accents_normalizer{}));
}

TEST_CASE("text: every code point is cut into words as the Rust crate cuts it") {
  check_all("split", [](const std::string& c) {
    return joined(
        "a" + c + "\u0301" + c + "\u0323b", [](std::string_view t, auto f) { cot::text::split_bert(t, f); },
        [](std::string_view part) { return std::string(part); });
  });
  check_all("byte_level", [](const std::string& c) {
    return joined(
        "a" + c + " " + c + "1", [](std::string_view t, auto f) { cot::text::split_byte_level(t, f); },
        [](std::string_view part) { return cot::text::to_byte_characters(part); });
  });
}

TEST_CASE("text: every code point is a word character beside a single-word token, or none, as in the Rust crate") {
  const cot::text::token_finder finder({{.content = "xyz", .id = 1, .single_word = true}});
  check_all("word", [&](const std::string& c) {
    std::string found;
    for (const std::string& t : {c + "xyz", "xyz" + c}) {
      bool one = false;
      finder.split(
          t, [](std::string_view) { return true; },
          [&](std::int32_t) {
            one = true;
            return true;
          });
      found += one ? '1' : '0';
    }
    return found;
  });
}
