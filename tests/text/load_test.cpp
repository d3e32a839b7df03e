// Folders of tokenizers: what is read, and what is refused with which words.

#include <cotangent/core/error.hpp>
#include <cotangent/text/load_tokenizer.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <support/temporary.hpp>

namespace {

using cot::text::load_tokenizer;
using files = std::map<std::string, std::string>;
using ids = std::vector<std::int32_t>;

/// A folder with these files.
struct folder : cot::test::temporary_folder {
  explicit folder(const files& contents) {
    for (const auto& [name, text] : contents) std::ofstream(path() / name, std::ios::binary) << text;
  }
};

const std::string vocab_txt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\nA\n";
const std::string vocab = R"("vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##b":4,"A":5})";

/// A whole tokenizer.json with some of its members replaced.
std::string document(const std::string& model = R"({"type":"WordPiece","unk_token":"[UNK]",)" + vocab + "}",
                     const std::string& normalizer = R"({"type":"BertNormalizer","lowercase":true})",
                     const std::string& pre_tokenizer = R"({"type":"BertPreTokenizer"})",
                     const std::string& post = R"({"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]})",
                     const std::string& added = "[]") {
  return R"({"version":"1.0","truncation":{"max_length":2},"padding":null,"added_tokens":)" + added +
         R"(,"normalizer":)" + normalizer + R"(,"pre_tokenizer":)" + pre_tokenizer + R"(,"post_processor":)" + post +
         R"(,"decoder":null,"model":)" + model + "}";
}

struct refusal {
  files contents;
  std::string file;     // that the message names
  std::string message;  // part of it
};

void check_refused(const std::vector<refusal>& table) {
  for (const refusal& row : table) {
    const folder where(row.contents);
    CAPTURE(row.message);
    try {
      static_cast<void>(load_tokenizer(where.path()));
      FAIL_CHECK("no exception");
    } catch (const cot::file_error& e) {
      const std::string_view text = e.what();
      CAPTURE(text);
      CHECK(e.path() == (row.file.empty() ? where.path() : where.path() / row.file).string());
      CHECK(text.find(row.message) != std::string_view::npos);
    }
  }
}

}  // namespace

TEST_CASE("load_tokenizer: vocab.txt is BERT's pipeline") {
  const auto t = load_tokenizer(folder({{"vocab.txt", vocab_txt}}).path());
  CHECK(t.encode("A ab[MASK] c", 10) == ids{2, 5, 5, 7, 4, 1, 3});
  CHECK(t.special().mask == 4);
  CHECK(t.special().pad == 0);
  CHECK_FALSE(t.max_length());
  const auto cased =
      load_tokenizer(folder({{"vocab.txt", "[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\nA"},
                             {"tokenizer_config.json", R"({"do_lower_case":false,"model_max_length":128})"}})
                         .path());
  CHECK(cased.encode("A a", 10) == ids{1, 4, 3, 2});
  CHECK(cased.max_length() == 128);
  CHECK_FALSE(cased.special().mask);
}

TEST_CASE("load_tokenizer: tokenizer.json comes before vocab.txt, its truncation does not count") {
  const auto t = load_tokenizer(folder({{"tokenizer.json", document()}, {"vocab.txt", vocab_txt}}).path());
  CHECK(t.encode("A ab a", 10) == ids{1, 3, 3, 4, 3, 2});
  CHECK(t.remarks().empty());
}

TEST_CASE("load_tokenizer: tokenizer_config.json settles the case, and says so") {
  const std::string cased = R"({"tokenizer_class":"BertTokenizer","do_lower_case":false,"model_max_length":1e30})";
  const auto t = load_tokenizer(folder({{"tokenizer.json", document()}, {"tokenizer_config.json", cased}}).path());
  CHECK(t.encode("A a", 10) == ids{1, 5, 3, 2});
  CHECK(t.remarks().size() == 1);
  CHECK_FALSE(t.max_length());
  const std::string plain =
      R"({"tokenizer_class":"PreTrainedTokenizerFast","do_lower_case":false,"truncation_side":"left"})";
  const auto u = load_tokenizer(folder({{"tokenizer.json", document()}, {"tokenizer_config.json", plain}}).path());
  CHECK(u.encode("A a ab", 4) == ids{1, 3, 4, 2});
  CHECK(u.remarks().empty());
}

TEST_CASE("load_tokenizer: lower case is put first where asked for and not there") {
  const folder cased({{"tokenizer.json", document(R"({"type":"WordPiece",)" + vocab + "}", "null")}});
  CHECK(load_tokenizer(cased.path()).content("A") == ids{5});
  CHECK(load_tokenizer(cased.path(), {.lowercase = true}).content("A") == ids{3});
}

TEST_CASE("load_tokenizer: the model's limit takes the place of the tokenizer's own") {
  const folder bert({{"vocab.txt", vocab_txt}, {"tokenizer_config.json", R"({"model_max_length":512})"}});
  CHECK(load_tokenizer(bert.path()).max_length() == 512);
  CHECK(load_tokenizer(bert.path(), {.max_length = 256}).max_length() == 256);
}

TEST_CASE("load_tokenizer: vocab.json with merges.txt is byte-level BPE") {
  const folder gpt({{"vocab.json", R"({"a":0,"b":1,"ab":2,"\u0120":3,"\u0120ab":4})"},
                    {"merges.txt", "#version: 0.2\na b\n\u0120 ab\n"},
                    {"added_tokens.json", R"({"<x>":9})"}});
  const auto t = load_tokenizer(gpt.path());
  CHECK(t.encode("ab aba<x>", 10) == ids{2, 4, 0, 9});
  CHECK(t.vocabulary_size() == 10);
  const folder roberta({{"vocab.json", R"({"<s>":0,"</s>":1,"a":2,"<mask>":3})"}, {"merges.txt", ""}});
  CHECK(load_tokenizer(roberta.path()).encode("a <mask>", 10) == ids{0, 2, 3, 1});
}

TEST_CASE("load_tokenizer: broken older files are refused with file and line") {
  check_refused({
      {{}, "", "expected tokenizer.json, vocab.txt, or vocab.json with merges.txt, got none of them"},
      {{{"vocab.txt", "[CLS]\n[SEP]\na\n"}}, "vocab.txt", "expected the piece \"[UNK]\""},
      {{{"vocab.txt", "[UNK]\n[SEP]\na\n"}}, "vocab.txt", "expected the piece \"[CLS]\""},
      {{{"vocab.txt", ""}}, "vocab.txt", "expected the piece"},
      {{{"vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\na\n"}}, "vocab.txt", ":5: expected a new one, got \"a\" again"},
      {{{"vocab.txt", "[UNK]\n[CLS]\n[SEP]\n\xFF\n"}}, "vocab.txt", ":4: expected UTF-8"},
      {{{"vocab.txt", vocab_txt}, {"tokenizer_config.json", "{"}}, "tokenizer_config.json", "(byte 1)"},
      {{{"vocab.txt", vocab_txt}, {"tokenizer_config.json", "[]"}}, "tokenizer_config.json", "expected an object"},
      {{{"vocab.txt", vocab_txt}, {"tokenizer_config.json", R"({"do_lower_case":1})"}},
       "tokenizer_config.json",
       "do_lower_case"},
      {{{"vocab.txt", vocab_txt}, {"tokenizer_config.json", R"({"unk_token":7})"}},
       "tokenizer_config.json",
       "unk_token"},
      {{{"vocab.txt", vocab_txt}, {"tokenizer_config.json", R"({"model_max_length":-1})"}},
       "tokenizer_config.json",
       "expected a positive number"},
      {{{"vocab.txt", vocab_txt}, {"tokenizer_config.json", R"({"truncation_side":"top"})"}},
       "tokenizer_config.json",
       "expected left or right"},
      {{{"vocab.txt", vocab_txt}, {"added_tokens.json", R"({"new":3})"}},
       "added_tokens.json",
       "expected an id of its own"},
      {{{"vocab.json", R"({"a":0})"}}, "merges.txt", "cannot open"},
      {{{"vocab.json", R"({"a":0})"}, {"merges.txt", "a b\n"}}, "merges.txt", ":1: expected two pieces of vocab.json"},
      {{{"vocab.json", R"({"a":0})"}, {"merges.txt", "#version: 0.2\na\n"}}, "merges.txt", ":2: expected two pieces"},
      {{{"vocab.json", R"({"a":-1})"}, {"merges.txt", ""}}, "vocab.json", "expected an id from 0"},
      {{{"vocab.json", R"({"a":0,"b":0})"}, {"merges.txt", ""}}, "vocab.json", "expected distinct ids"},
      {{{"vocab.json", R"({"a":"0"})"}, {"merges.txt", ""}}, "vocab.json", "expected an id from 0"},
  });
}

TEST_CASE("load_tokenizer: a broken tokenizer.json is refused, whatever lies beside it") {
  const auto with = [](const std::string& text) { return files{{"tokenizer.json", text}, {"vocab.txt", vocab_txt}}; };
  const auto word_piece = [](const std::string& members) { return R"({"type":"WordPiece",)" + members + "}"; };
  const std::string ok = word_piece(vocab);
  const std::string normal = R"({"type":"BertNormalizer"})", cut = R"({"type":"BertPreTokenizer"})";
  const std::string level = R"({"type":"ByteLevel","add_prefix_space":false})";
  const std::string file = "tokenizer.json";
  check_refused({
      {with(""), file, "(byte 0)"},
      {with("{\"version\":\"1.0\""), file, "(byte 16)"},
      {with("{}"), file, "key model"},
      {with(R"({"version":"2.0","model":{}})"), file, "expected version 1.0"},
      {with(document("null")), file, "key model"},
      {with(document(word_piece(R"("vocab":[])"))), file, "key model.vocab"},
      {with(document(word_piece(R"("vocab":{"a":0})"))), file, "expected the unknown token \"[UNK]\""},
      {with(document(word_piece(R"("vocab":{"[UNK]":0,"a":0})"))), file, "expected distinct ids"},
      {with(document(word_piece(R"("vocab":{"[UNK]":0,"a":1,"a":2})"))), file, "tokenizer.json (byte"},
      {with(document(word_piece(R"("vocab":{"[UNK]":0,"a":99999999})"))), file, "key model.vocab.a"},
      {with(document(word_piece(R"("vocab":{"[UNK]":0,"a":1.5})"))), file, "key model.vocab.a"},
      {with(document(word_piece(R"("unk_token":5,)" + vocab))), file, "key model.unk_token"},
      {with(document(word_piece(R"("max_input_chars_per_word":-1,)" + vocab))), file, "max_input_chars_per_word"},
      {with(document(R"({"type":"Unigram","vocab":[["a",0.5]]})")), file,
       "expected WordPiece or BPE, got the string \"Unigram\""},
      {with(document(ok, R"({"type":"Precompiled"})")), file, "got the string \"Precompiled\""},
      {with(document(ok, R"({"type":"Sequence","normalizers":[{"type":"NFKC"}]})")), file, "normalizers[0].type"},
      {with(document(ok, R"({"type":"BertNormalizer","lowercase":"yes"})")), file, "normalizer.lowercase"},
      {with(document(ok, "[]")), file, "key normalizer"},
      {with(document(ok, normal, R"({"type":"Metaspace"})")), file, "expected BertPreTokenizer"},
      {with(document(ok, normal, "null")), file, "expected BertPreTokenizer"},
      {with(document(ok, normal, cut, R"({"type":"Weird"})")), file, "post_processor.type"},
      {with(document(ok, normal, cut, R"({"type":"BertProcessing","sep":["[SEP]",200],"cls":["[CLS]",1]})")), file,
       "post_processor.sep[1]"},
      {with(document(ok, normal, cut, R"({"type":"TemplateProcessing","single":[],"special_tokens":{}})")), file,
       "expected one sequence A"},
      {with(document(ok, normal, cut,
                     R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[X]"}}],"special_tokens":{}})")),
       file, "special_tokens.[X]"},
      {with(document(ok, normal, cut, "null", R"([{"id":3,"content":"b"}])")), file, "expected an id of its own"},
      {with(document(ok, normal, cut, "null", R"([{"id":4,"content":"a"}])")), file,
       "expected the id in the vocabulary, 3"},
      {with(document(ok, normal, cut, "null", R"([{"id":9,"content":"x"},{"id":9,"content":"y"}])")), file,
       "added_tokens[1].id"},
      {with(document(ok, normal, cut, "null", R"([{"id":9}])")), file, "added_tokens[0].content"},
      {with(document(ok, normal, cut, "null", "{}")), file, "key added_tokens"},
      {with(document(R"({"type":"BPE","vocab":{"a":0},"merges":["a b"]})", normal, level)), file, "model.merges[0]"},
      {with(document(R"({"type":"BPE","vocab":{"a":0},"merges":[["a"]]})", normal, level)), file, "model.merges[0]"},
      {with(document(R"({"type":"BPE","vocab":{"a":0},"merges":[5]})", normal, level)), file, "model.merges[0]"},
      {with(document(R"({"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"u"})", normal, level)), file,
       "model.unk_token"},
      {with(document(R"({"type":"BPE","vocab":{"a":0},"merges":[],"byte_fallback":true})", normal, level)), file,
       "byte_fallback"},
      {with(document(R"({"type":"BPE","vocab":{"a":0},"merges":[]})", normal, cut)), file, "expected ByteLevel"},
  });
}
