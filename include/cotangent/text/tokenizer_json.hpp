#pragma once
// tokenizer.json: the stages of a tokenizer, read.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/text/tokenizer.hpp>
#include <cotangent/text/vocabulary_files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cot::text {

/// Reads the stages of a tokenizer.json into tokenizer_parts. Supported: BertNormalizer, Lowercase, NFD, StripAccents,
/// Strip, Sequence; BertPreTokenizer with WordPiece, ByteLevel with BPE; TemplateProcessing, BertProcessing,
/// RobertaProcessing, ByteLevel. Any other kind is a file_error that names it. Padding and truncation are the caller's,
/// not the file's.
class tokenizer_json {
 public:
  explicit tokenizer_json(io::json_field root) : root_(std::move(root)) {}

  [[nodiscard]] tokenizer_parts read() const {
    if (const auto version = root_.find("version"); version && version->as<std::string_view>() != "1.0")
      version->fail("version 1.0");
    const io::json_field model = root_.at("model");
    const auto type = model.value_or("type", model.contains("merges") ? "BPE" : "WordPiece");
    if (type != "WordPiece" && type != "BPE") refuse(model, "WordPiece or BPE");
    vocabulary pieces = tokenizer_files::read_pieces(model.at("vocab"));
    std::vector<added_token> added = read_added(pieces);
    auto words = read_model(model, type, pieces);
    tokenizer_parts parts{.added = std::move(added),
                          .normalize = normalizer(read_normalizers()),
                          .pieces = std::move(pieces),
                          .model = std::move(words)};
    if (const auto post = root_.find("post_processor")) read_post_processor(*post, parts);
    return parts;
  }

 private:
  [[nodiscard]] static std::string_view kind(const io::json_field& stage) {
    return stage.at("type").as<std::string_view>();
  }

  /// Refuses a kind, or a value, that is not supported.
  [[noreturn]] static void refuse(const io::json_field& stage, std::string_view supported) {
    stage.at("type").fail(supported);
  }

  [[nodiscard]] std::vector<added_token> read_added(const vocabulary& pieces) const {
    std::vector<added_token> added;
    const auto tokens = root_.find("added_tokens");
    if (!tokens) return added;
    if (!tokens->value().is_array()) tokens->fail("an array");
    std::set<std::int32_t> ids;
    std::set<std::string, std::less<>> contents;
    for (std::size_t i = 0; i < tokens->size(); ++i) {
      const io::json_field token = tokens->at(i);
      added_token one{.content = token.get<std::string>("content"),
                      .id = token.get<std::int32_t>("id"),
                      .single_word = token.value_or("single_word", false),
                      .lstrip = token.value_or("lstrip", false),
                      .rstrip = token.value_or("rstrip", false),
                      .normalized = token.value_or("normalized", true),
                      .special = token.value_or("special", false)};
      if (one.id < 0 || one.id > vocabulary::highest_id)
        token.at("id").fail("an id from 0 to " + std::to_string(vocabulary::highest_id));
      const std::int32_t known = pieces.find(one.content);
      if (known != vocabulary::absent && known != one.id)
        token.at("id").fail("the id in the vocabulary, " + std::to_string(known));
      if (known == vocabulary::absent && pieces.contains(one.id))
        token.at("id").fail("an id of its own", "the id of \"" + std::string(pieces.piece(one.id)) + '"');
      if (!ids.insert(one.id).second) token.at("id").fail("an id of its own");
      if (!contents.insert(one.content).second) token.at("content").fail("a content of its own");
      added.push_back(std::move(one));
    }
    return added;
  }

  [[nodiscard]] std::vector<normalizer_step> read_normalizers() const {
    std::vector<normalizer_step> steps;
    if (const auto field = root_.find("normalizer")) append_normalizer(*field, steps, 0);
    return steps;
  }
  static void append_normalizer(const io::json_field& stage, std::vector<normalizer_step>& steps, int depth) {
    const std::string_view type = kind(stage);
    if (type == "BertNormalizer") {
      bert_normalizer bert{.clean_text = stage.value_or("clean_text", true),
                           .handle_chinese_chars = stage.value_or("handle_chinese_chars", true),
                           .strip_accents = std::nullopt,
                           .lowercase = stage.value_or("lowercase", true)};
      if (const auto strip = stage.find("strip_accents")) bert.strip_accents = strip->as<bool>();
      steps.emplace_back(bert);
    } else if (type == "Lowercase") {
      steps.emplace_back(lowercase_normalizer{});
    } else if (type == "NFD") {
      steps.emplace_back(nfd_normalizer{});
    } else if (type == "StripAccents") {
      steps.emplace_back(strip_accents_normalizer{});
    } else if (type == "Strip") {
      steps.emplace_back(
          strip_normalizer{.left = stage.value_or("strip_left", true), .right = stage.value_or("strip_right", true)});
    } else if (type == "Sequence" && depth < 4) {
      const io::json_field list = stage.at("normalizers");
      for (std::size_t i = 0; i < list.size(); ++i) append_normalizer(list.at(i), steps, depth + 1);
    } else {
      refuse(stage, "BertNormalizer, Lowercase, NFD, StripAccents, Strip or a Sequence of them");
    }
  }

  [[nodiscard]] std::variant<word_piece, byte_pair> read_model(const io::json_field& model, std::string_view type,
                                                               const vocabulary& pieces) const {
    const io::json_field cut = root_.at("pre_tokenizer");
    if (type == "WordPiece") {
      if (cut.value().is_null() || kind(cut) != "BertPreTokenizer")
        cut.fail("BertPreTokenizer, which WordPiece goes with");
      return read_word_piece(model, pieces);
    }
    if (cut.value().is_null() || kind(cut) != "ByteLevel") cut.fail("ByteLevel, which BPE goes with here");
    if (!cut.value_or("use_regex", true)) cut.at("use_regex").fail("true");
    return read_byte_pair(model, pieces, cut.value_or("add_prefix_space", true));
  }

  [[nodiscard]] static word_piece read_word_piece(const io::json_field& model, const vocabulary& pieces) {
    const auto unknown = model.value_or("unk_token", "[UNK]");
    const std::int32_t id = pieces.find(unknown);
    if (id == vocabulary::absent) model.at("vocab").fail("the unknown token \"" + unknown + '"', "no such piece");
    return word_piece(id, model.value_or("continuing_subword_prefix", "##"),
                      model.value_or("max_input_chars_per_word", std::size_t{100}));
  }

  [[nodiscard]] static byte_pair read_byte_pair(const io::json_field& model, const vocabulary& pieces,
                                                bool add_prefix_space) {
    for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"})
      if (!model.value_or(affix, "").empty()) model.at(affix).fail("none");
    if (model.value_or("byte_fallback", false)) model.at("byte_fallback").fail("false");
    byte_pair_options options{.add_prefix_space = add_prefix_space,
                              .ignore_merges = model.value_or("ignore_merges", false),
                              .unknown = vocabulary::absent,
                              .fuse_unknown = model.value_or("fuse_unk", false)};
    if (const auto unknown = model.find("unk_token")) {
      options.unknown = pieces.find(unknown->as<std::string_view>());
      if (options.unknown == vocabulary::absent) unknown->fail("a piece of the vocabulary");
    }
    const io::json_field list = model.at("merges");
    if (!list.value().is_array()) list.fail("an array");
    std::vector<piece_merge> merges;
    merges.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      const io::json& item = list.value().items()[i];
      std::string_view left, right;
      if (item.convert(left) == nullptr) {
        const std::size_t space = std::min(left.find(' '), left.size());
        right = left.substr(std::min(space + 1, left.size()));
        left = left.substr(0, space);
      } else if (item.size() != 2 || item.at(0).convert(left) != nullptr || item.at(1).convert(right) != nullptr) {
        list.at(i).fail("two pieces");
      }
      const auto merge = find_merge(pieces, left, right);
      if (!merge) list.at(i).fail("pieces of the vocabulary, and their sum one too");
      merges.push_back(*merge);
    }
    return byte_pair(pieces, merges, options);
  }

  static void read_post_processor(const io::json_field& stage, tokenizer_parts& parts, int depth = 0) {
    const std::string_view type = kind(stage);
    if (type == "ByteLevel") return;
    if (type == "TemplateProcessing") {
      read_template(stage, parts);
    } else if (type == "BertProcessing" || type == "RobertaProcessing") {
      parts.prefix.insert(parts.prefix.begin(), read_id(stage.at("cls").at(std::size_t{1}), parts));
      parts.suffix.push_back(read_id(stage.at("sep").at(std::size_t{1}), parts));
    } else if (type == "Sequence" && depth < 4) {
      const io::json_field list = stage.at("processors");
      for (std::size_t i = 0; i < list.size(); ++i) read_post_processor(list.at(i), parts, depth + 1);
    } else {
      refuse(stage, "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel or a Sequence of them");
    }
  }

  static void read_template(const io::json_field& stage, tokenizer_parts& parts) {
    const io::json_field single = stage.at("single");
    if (!single.value().is_array()) single.fail("an array");
    std::vector<std::int32_t> before, after;
    bool text_seen = false;
    for (std::size_t i = 0; i < single.size(); ++i) {
      const io::json_field item = single.at(i);
      if (const auto sequence = item.find("Sequence")) {
        if (text_seen || sequence->at("id").as<std::string_view>() != "A") item.fail("one sequence A");
        text_seen = true;
        continue;
      }
      const auto name = item.at("SpecialToken").get<std::string>("id");
      const io::json_field ids = stage.at("special_tokens").at(name).at("ids");
      for (std::size_t k = 0; k < ids.size(); ++k) (text_seen ? after : before).push_back(read_id(ids.at(k), parts));
    }
    if (!text_seen) single.fail("one sequence A", "none");
    parts.prefix.insert(parts.prefix.begin(), before.begin(), before.end());
    parts.suffix.insert(parts.suffix.end(), after.begin(), after.end());
  }

  [[nodiscard]] static std::int32_t read_id(const io::json_field& id, const tokenizer_parts& parts) {
    const auto read = id.as<std::int32_t>();
    bool known = read >= 0 && read < parts.pieces.size();
    for (const added_token& token : parts.added) known = known || token.id == read;
    if (!known) id.fail("an id of the vocabulary");
    return read;
  }

  io::json_field root_;
};

}  // namespace cot::text
