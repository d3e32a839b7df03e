// Ids of published strings with published vocabularies, made by the models' own tokenizers.

#include <cotangent/text/load_tokenizer.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include <support/data.hpp>

namespace {

using cot::text::load_tokenizer;
using cot::text::tokenizer;

void check_oracle(const std::string& name, const tokenizer& t) {
  std::ifstream file(*cot::test::data("tokenizers/oracle/" + name));
  int strings = 0;
  for (std::string line; std::getline(file, line); ++strings) {
    const auto row = cot::io::parse_json(line);
    std::vector<std::int32_t> expected;
    for (const auto& id : row.at("ids").items()) expected.push_back(id.as<std::int32_t>());
    CAPTURE(line);
    CHECK(t.content(row.get<std::string>("text")) == expected);
  }
  CHECK(strings == 46);
}

}  // namespace

TEST_CASE("text: WordPiece gives the ids of the oracle strings") {
  const auto folder = cot::test::data("tokenizers/bert-base-uncased");
  if (!folder) {
    MESSAGE("skipped: no tokenizers/bert-base-uncased");
    return;
  }
  check_oracle("bert-bge.jsonl", load_tokenizer(*folder));
}

TEST_CASE("text: byte-level BPE gives the ids of the oracle strings") {
  const auto folder = cot::test::data("tokenizers/gpt2");
  if (!folder) {
    MESSAGE("skipped: no tokenizers/gpt2");
    return;
  }
  check_oracle("gpt-2.jsonl", load_tokenizer(*folder));
}
