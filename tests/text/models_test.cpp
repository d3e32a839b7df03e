// The two models on words, by hand.

#include "support.hpp"

#include <cotangent/core/error.hpp>
#include <cotangent/text/byte_pair.hpp>
#include <cotangent/text/word_piece.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cot::test::pieces;
using cot::text::byte_pair;
using cot::text::vocabulary;
using cot::text::word_piece;
using ids = std::vector<std::int32_t>;

ids encode(const word_piece& model, const vocabulary& v, std::string_view word) {
  word_piece::workspace space;
  ids out;
  model.encode(v, word, space, out);
  return out;
}
ids encode(const byte_pair& model, const vocabulary& v, std::string_view word) {
  byte_pair::workspace space;
  ids out;
  model.encode(v, word, space, out);
  return out;
}

}  // namespace

TEST_CASE("vocabulary: finds every piece and nothing else") {
  std::vector<std::string> all;
  for (int i = 0; i < 5000; ++i) all.push_back("piece" + std::to_string(i));
  const vocabulary v = pieces(all);
  for (int i = 0; i < 5000; ++i) CHECK(v.find("piece" + std::to_string(i)) == i);
  CHECK(v.find("piece5000") == vocabulary::absent);
  CHECK(v.find("") == vocabulary::absent);
  CHECK(v.size() == 5000);
  CHECK(v.piece(17) == "piece17");
  CHECK_FALSE(v.contains(5000));
  CHECK_FALSE(v.contains(-1));
}

TEST_CASE("vocabulary: ids may leave gaps but not repeat, nor may pieces") {
  const vocabulary v(std::vector<vocabulary::entry>{{"b", 7}, {"", 2}});
  CHECK(v.size() == 8);
  CHECK(v.pieces() == 2);
  CHECK(v.find("") == 2);
  CHECK_FALSE(v.contains(3));
  CHECK_THROWS_AS(vocabulary(std::vector<vocabulary::entry>{{"a", 0}, {"a", 1}}), cot::error);
  CHECK_THROWS_AS(vocabulary(std::vector<vocabulary::entry>{{"a", 0}, {"b", 0}}), cot::error);
  CHECK_THROWS_AS(vocabulary(std::vector<vocabulary::entry>{{"a", -1}}), cot::error);
  CHECK_THROWS_AS(vocabulary(std::vector<vocabulary::entry>{{"a", vocabulary::highest_id + 1}}), cot::error);
}

TEST_CASE("word_piece: takes the longest piece first and gives up on a word as a whole") {
  const vocabulary v =
      pieces({"[UNK]", "un", "##aff", "##able", "u", "##n", "a", "##\u00e9", "\u00e9", "##a", "unaff"});
  const word_piece model(0);
  CHECK(encode(model, v, "unaffable") == ids{10, 3});
  CHECK(encode(model, v, "una") == ids{1, 9});
  CHECK(encode(model, v, "un") == ids{1});
  CHECK(encode(model, v, "unx") == ids{0});
  CHECK(encode(model, v, "\u00e9\u00e9a") == ids{8, 7, 9});
  CHECK(encode(model, v, "##aff") == ids{2});  // as the crate has it; no word begins with #
}

TEST_CASE("word_piece: a word of 100 characters is tried, one of 101 is unknown, whatever their bytes") {
  const vocabulary v = pieces({"[UNK]", "\u00e9", "##\u00e9"});
  const word_piece model(0);
  std::string word;
  for (int i = 0; i < 100; ++i) word += "\u00e9";
  CHECK(encode(model, v, word).size() == 100);
  CHECK(encode(model, v, word + "\u00e9") == ids{0});
  CHECK(encode(word_piece(0, "##", 3), v, "\u00e9\u00e9\u00e9") == ids{1, 2, 2});
  CHECK(encode(word_piece(0, "##", 2), v, "\u00e9\u00e9\u00e9") == ids{0});
}

TEST_CASE("byte_pair: the merge of the lowest rank goes first, of equal ones the leftmost") {
  const vocabulary v = pieces({"a", "b", "c", "ab", "bc", "abc", "aa", "aab"});
  const auto merge = [&](std::string_view left, std::string_view right) {
    return *cot::text::find_merge(v, left, right);
  };
  CHECK(encode(byte_pair(v, {merge("b", "c"), merge("a", "b")}), v, "abc") == ids{0, 4});
  CHECK(encode(byte_pair(v, {merge("a", "b"), merge("b", "c")}), v, "abc") == ids{3, 2});
  CHECK(encode(byte_pair(v, {merge("a", "b"), merge("ab", "c")}), v, "abcab") == ids{5, 3});
  CHECK(encode(byte_pair(v, {merge("a", "a")}), v, "aaa") == ids{6, 0});
  CHECK(encode(byte_pair(v, {}), v, "abc") == ids{0, 1, 2});
  CHECK_FALSE(cot::text::find_merge(v, "c", "a"));
}

TEST_CASE("byte_pair: bytes without a piece vanish, or are unknown, one by one or fused") {
  const vocabulary v = pieces({"a", "<unk>", "xa"});
  CHECK(encode(byte_pair(v, {}), v, "xxa") == ids{0});
  CHECK(encode(byte_pair(v, {}, {.unknown = 1}), v, "xxa") == ids{1, 1, 0});
  CHECK(encode(byte_pair(v, {}, {.unknown = 1, .fuse_unknown = true}), v, "xxaxx") == ids{1, 0, 1});
  CHECK(encode(byte_pair(v, {}, {.ignore_merges = true}), v, "xa") == ids{2});
  CHECK(encode(byte_pair(v, {}), v, "").empty());
}

TEST_CASE("byte_level: the characters of bytes are 256 different printable ones") {
  constexpr std::array<char32_t, 256> characters = cot::text::byte_characters();
  CHECK(characters[' '] == 0x120);
  CHECK(characters['\n'] == 0x10A);
  CHECK(characters['a'] == 'a');
  CHECK(characters[255] == 255);
  CHECK(characters[173] == 0x143);
  for (std::size_t i = 0; i < 256; ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(characters[i] != characters[j]);
}
