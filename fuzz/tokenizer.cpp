// Tokenizers on any bytes: as text for two small tokenizers, or as a tokenizer.json. The first byte chooses.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/text/tokenizer.hpp>
#include <cotangent/text/tokenizer_json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cot::text::tokenizer;

tokenizer read(std::string_view json) {
  const cot::io::json document = cot::io::parse_json(json);
  return tokenizer(cot::text::tokenizer_json({document, "tokenizer.json"}).read());
}

const tokenizer& word_piece() {
  static const tokenizer made = read(R"({"version":"1.0","added_tokens":[{"id":2,"content":"[SEP]","normalized":false},
    {"id":20,"content":"Foo bar","normalized":true,"single_word":true,"lstrip":true,"rstrip":true}],
    "normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"BertProcessing","cls":["[CLS]",1],"sep":["[SEP]",2]},
    "model":{"type":"WordPiece","vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"ab":5,"##a":6,"##b":7,"##ab":8,"!":9,
    "\u4e00":10,"\u03c3":11,"##\u03c3":12,"##\u1161":13,"\u1100":14}}})");
  return made;
}

const tokenizer& byte_pair() {
  static const tokenizer made =
      read(R"({"version":"1.0","added_tokens":[{"id":9,"content":"<s>","normalized":false,"lstrip":true}],
    "normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"post_processor":null,
    "model":{"type":"BPE","unk_token":"?","fuse_unk":true,"vocab":{"a":0,"b":1,"ab":2,"\u0120":3,"\u0120a":4,"aba":5,"?":6,"aa":7},
    "merges":["a b","ab a",["a","a"],["\u0120","a"]]}})");
  return made;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void encode(const tokenizer& t, std::string_view text) {
  for (const cot::index most : {2, 5, 1000000}) {
    const std::vector<std::int32_t> ids = t.encode(text, most);
    require(static_cast<cot::index>(ids.size()) <= most);
    for (const std::int32_t id : ids) static_cast<void>(t.piece(id));
  }
  const std::vector<std::int32_t> all = t.encode(text, 1000000), some = t.encode(text, 5);
  const auto content = some.size() - static_cast<std::size_t>(t.special_count() / 2);  // without the suffix
  for (std::size_t i = 0; i < content; ++i) require(all[i] == some[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 4 == 3) {
    try {
      encode(read(text), "A ab [SEP] \u00e9");
    } catch (const cot::error&) {}
    return 0;
  }
  const bool valid = cot::text::first_invalid_utf8(text) == text.size();
  const std::string repaired = cot::text::replace_invalid_utf8(text);
  require(cot::text::first_invalid_utf8(repaired) == repaired.size());
  const tokenizer& t = data[0] % 2 ? byte_pair() : word_piece();
  encode(t, repaired);
  try {
    encode(t, text);
    require(valid);
  } catch (const cot::error&) {
    require(!valid);
  }
  return 0;
}
