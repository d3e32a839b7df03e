#pragma once
// What the tests of the tokenizers share: generated strings, the hash of the golden files, small vocabularies.

#include <cotangent/core/random.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/text/tokenizer.hpp>
#include <cotangent/text/utf8.hpp>
#include <cotangent/text/vocabulary.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <support/data.hpp>

namespace cot::test {

/// Strings of fragments and of characters from many scripts, a pure function of the row; tests/golden/tokenizer.py
/// makes the same ones.
class generated_strings {
 public:
  generated_strings() : spec_(io::read_json(golden("tokenizer/generator.json"))) {}

  [[nodiscard]] std::string operator()(std::uint32_t row) const {
    std::uint32_t drawn = 0;
    const auto draw = [&](std::uint32_t n) { return philox({{drawn++, row, 0, 0}}, 7, 11).word[0] % n; };
    const auto& fragments = spec_.at("fragments").items();
    const auto& ranges = spec_.at("ranges").items();
    std::string made;
    for (std::uint32_t part = draw(12); part > 0; --part) {
      if (draw(2) == 0) {
        made += fragments[draw(static_cast<std::uint32_t>(fragments.size()))].as<std::string_view>();
        continue;
      }
      const auto& range = ranges[draw(static_cast<std::uint32_t>(ranges.size()))].items();
      const auto low = range[0].as<std::uint32_t>(), high = range[1].as<std::uint32_t>();
      for (std::uint32_t n = 1 + draw(4); n > 0; --n) text::append_utf8(made, low + draw(high - low + 1));
    }
    return made;
  }

 private:
  io::json spec_;
};

/// The hash of the golden files over ids, or over strings.
class golden_hash {
 public:
  void add(std::string_view bytes) { hash_ = hash_.then(bytes); }
  void add_ids(const std::vector<std::int32_t>& ids) {
    for (const std::int32_t id : ids) add_word(static_cast<std::uint32_t>(id));
    add_word(0xFFFFFFFFu);
  }
  /// Sixteen hexadecimal digits.
  [[nodiscard]] std::string text() const {
    std::string digits(16, '0');
    for (std::size_t i = 0; i < 16; ++i) digits[15 - i] = "0123456789abcdef"[hash_.state >> (4 * i) & 15];
    return digits;
  }

 private:
  void add_word(std::uint32_t word) {
    for (int byte = 0; byte < 4; ++byte)
      hash_ = hash_.then(static_cast<char>(static_cast<unsigned char>(word >> (8 * byte))));
  }
  text::piece_hash hash_;
};

/// A golden table with a line of comment and a header: column name to its values, top to bottom.
[[nodiscard]] inline std::map<std::string, std::vector<std::string>> golden_columns(const std::string& name) {
  std::ifstream file(golden(name));
  if (!file) throw std::runtime_error("no golden file " + name);
  std::map<std::string, std::vector<std::string>> columns;
  std::vector<std::string> header;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::size_t i = 0;
    for (std::string field; std::getline(fields, field, '\t'); ++i) {
      if (header.size() == i && columns.size() == i) {
        header.push_back(field);
        columns[field];
      } else {
        columns.at(header.at(i)).push_back(field);
      }
    }
  }
  return columns;
}

/// A vocabulary of these pieces, with ids from 0.
[[nodiscard]] inline text::vocabulary pieces(const std::vector<std::string>& all) {
  std::vector<text::vocabulary::entry> entries;
  for (const std::string& piece : all) entries.push_back({piece, static_cast<std::int32_t>(entries.size())});
  return text::vocabulary(entries);
}

}  // namespace cot::test
