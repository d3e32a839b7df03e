// Ids of whole texts, against the Rust crate.

#include "support.hpp"

#include <cotangent/text/load_tokenizer.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <support/model.hpp>

namespace {

using cot::test::golden;
using cot::text::load_tokenizer;
using cot::text::tokenizer;

std::vector<std::int32_t> ids_of(const cot::io::json& list) {
  std::vector<std::int32_t> ids;
  for (const auto& id : list.items()) ids.push_back(id.as<std::int32_t>());
  return ids;
}

void check_generated(const std::string& name, const tokenizer& t) {
  const auto columns = cot::test::golden_columns("tokenizer/generated.tsv");
  const auto& expected = columns.at(name);
  REQUIRE(expected.size() == 100);
  const cot::test::generated_strings strings;
  tokenizer::workspace space;
  std::vector<std::int32_t> ids;
  for (std::uint32_t hundred = 0; hundred < 100; ++hundred) {
    cot::test::golden_hash hash;
    for (std::uint32_t row = hundred * 100; row < (hundred + 1) * 100; ++row) {
      ids.clear();
      t.encode(strings(row), 24, space, ids);
      hash.add_ids(ids);
    }
    CAPTURE(hundred);
    CHECK(hash.text() == expected[hundred]);
  }
}

}  // namespace

TEST_CASE("text: nasty strings give the ids of the Rust crate") {
  const tokenizer words = load_tokenizer(golden("tokenizer/word_piece")),
                  pairs = load_tokenizer(golden("tokenizer/byte_pair"));
  std::ifstream file(golden("tokenizer/strings.jsonl"));
  int strings = 0;
  for (std::string line; std::getline(file, line); ++strings) {
    const auto row = cot::io::parse_json(line);
    CAPTURE(line);
    CHECK(words.encode(row.get<std::string>("text"), 1000) == ids_of(row.at("word_piece")));
    CHECK(pairs.encode(row.get<std::string>("text"), 1000) == ids_of(row.at("byte_pair")));
  }
  CHECK(strings > 80);
}

TEST_CASE("text: 10,000 generated strings give the ids of the Rust crate") {
  check_generated("word_piece", load_tokenizer(golden("tokenizer/word_piece")));
  check_generated("byte_pair", load_tokenizer(golden("tokenizer/byte_pair")));
}

TEST_CASE("text: the tokenizer of all-MiniLM-L6-v2 gives the ids of the Rust crate") {
  const auto folder = cot::test::minilm();
  if (!folder) {
    MESSAGE("skipped: no all-MiniLM-L6-v2 (set COTANGENT_MINILM)");
    return;
  }
  const tokenizer t = load_tokenizer(*folder);
  check_generated("all-MiniLM-L6-v2", t);
  CHECK(t.vocabulary_size() == 30522);
  CHECK(t.special().cls == 101);
  CHECK(t.special().sep == 102);
  CHECK(t.special().pad == 0);
  CHECK(t.special().mask == 103);
  CHECK(t.special().unk == 100);
  CHECK(t.max_length() == 512);
  CHECK(t.remarks().empty());
  CHECK(t.encode("This is an example sentence", 256) ==
        std::vector<std::int32_t>{101, 2023, 2003, 2019, 2742, 6251, 102});
}

TEST_CASE("text: the tokenizer of GPT-2 gives the ids of the Rust crate") {
  const auto folder = cot::test::data("tokenizers/gpt2");
  if (!folder) {
    MESSAGE("skipped: no tokenizers/gpt2");
    return;
  }
  check_generated("gpt2", load_tokenizer(*folder));
}
