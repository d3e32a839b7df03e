#pragma once
// Tokenizers from the older files: vocab.txt, or vocab.json with merges.txt, and the configuration beside them.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/read_file.hpp>
#include <cotangent/text/tokenizer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::text {

/// Lines of a text as vocabularies are written: without their ends (\n or \r\n); a last empty one is none.
[[nodiscard]] inline std::vector<std::string_view> vocabulary_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The tokenizer files of a model folder. tokenizer_config.json and special_tokens_map.json may be absent.
class tokenizer_files {
 public:
  explicit tokenizer_files(std::filesystem::path folder)
      : folder_(std::move(folder)), config_(read("tokenizer_config.json")), map_(read("special_tokens_map.json")) {}

  [[nodiscard]] bool has(const char* name) const { return std::filesystem::exists(folder_ / name); }

  /// tokenizer_config.json; an empty object where it is absent.
  [[nodiscard]] io::json_field config() const { return {config_, (folder_ / "tokenizer_config.json").string()}; }

  /// The content of "cls_token" and the like, which is a string or an added token.
  [[nodiscard]] std::optional<std::string> token_name(const char* key) const {
    for (const io::json_field& file : {config(), io::json_field(map_, (folder_ / "special_tokens_map.json").string())})
      if (const auto token = file.find(key))
        return token->value().is_object() ? token->get<std::string>("content") : token->as<std::string>();
    return std::nullopt;
  }

  /// The normalizer with what do_lower_case, tokenize_chinese_chars and strip_accents of tokenizer_config.json say.
  [[nodiscard]] bert_normalizer configured(bert_normalizer bert) const {
    bert.lowercase = config().value_or("do_lower_case", bert.lowercase);
    bert.handle_chinese_chars = config().value_or("tokenize_chinese_chars", bert.handle_chinese_chars);
    if (config().contains("strip_accents")) bert.strip_accents.reset();
    if (const auto strip = config().find("strip_accents")) bert.strip_accents = strip->as<bool>();
    return bert;
  }

  /// vocab.txt: one piece a line, its id the number of the line from 0. BERT's pipeline: lower case unless
  /// do_lower_case is false, [CLS] before and [SEP] after.
  [[nodiscard]] tokenizer_parts read_word_piece() const {
    const std::string file = (folder_ / "vocab.txt").string(), text = io::read_file(file);
    std::vector<vocabulary::entry> entries;
    std::set<std::string_view> seen;
    for (const std::string_view piece : vocabulary_lines(text)) {
      const auto at = file_error::position::line(entries.size() + 1);
      if (first_invalid_utf8(piece) != piece.size()) throw file_error(file, at, "piece", "UTF-8", "other bytes");
      if (!seen.insert(piece).second)
        throw file_error(file, at, "piece", "a new one", '"' + std::string(piece) + "\" again");
      if (entries.size() > vocabulary::highest_id) throw file_error(file, at, "vocabulary", "fewer pieces", "more");
      entries.push_back({piece, static_cast<std::int32_t>(entries.size())});
    }
    vocabulary pieces(entries);
    const std::string unknown = token_name("unk_token").value_or("[UNK]");
    const std::string cls = token_name("cls_token").value_or("[CLS]"), sep = token_name("sep_token").value_or("[SEP]");
    for (const std::string& needed : {unknown, cls, sep})
      if (pieces.find(needed) == vocabulary::absent)
        throw file_error(file, file_error::position::none(), "vocabulary", "the piece \"" + needed + '"', "none");
    const bert_normalizer bert = configured({});
    std::vector<added_token> added = special_of(pieces, {unknown, sep, token_name("pad_token").value_or("[PAD]"), cls,
                                                         token_name("mask_token").value_or("[MASK]")});
    append_added(pieces, added);
    word_piece model(pieces.find(unknown));
    std::vector<std::int32_t> prefix{pieces.find(cls)}, suffix{pieces.find(sep)};
    return {.added = std::move(added),
            .normalize = normalizer({bert}),
            .pieces = std::move(pieces),
            .model = std::move(model),
            .prefix = std::move(prefix),
            .suffix = std::move(suffix)};
  }

  /// vocab.json: piece to id. merges.txt: two pieces a line, the first lines first; a line "#version" in front is
  /// skipped. <s> before and </s> after where the vocabulary has both (RoBERTa), nothing else (GPT-2).
  [[nodiscard]] tokenizer_parts read_byte_pair() const {
    const io::json document = io::read_json(folder_ / "vocab.json");
    vocabulary pieces = read_pieces({document, (folder_ / "vocab.json").string()});
    std::vector<piece_merge> merges = read_merges(pieces);
    byte_pair model(pieces, merges, {.add_prefix_space = config().value_or("add_prefix_space", false)});
    std::vector<std::int32_t> prefix, suffix;
    std::vector<added_token> added;
    const std::int32_t start = pieces.find("<s>"), end = pieces.find("</s>");
    if (start != vocabulary::absent && end != vocabulary::absent) {
      prefix = {start};
      suffix = {end};
      added = special_of(pieces, {"<s>", "<pad>", "</s>", "<unk>", "<mask>"});
      for (added_token& token : added) token.lstrip = token.content == "<mask>";
    } else {
      added = special_of(pieces, {"<|endoftext|>"});
    }
    append_added(pieces, added);
    return {.added = std::move(added),
            .pieces = std::move(pieces),
            .model = std::move(model),
            .prefix = std::move(prefix),
            .suffix = std::move(suffix)};
  }

  /// An object of pieces and distinct ids.
  [[nodiscard]] static vocabulary read_pieces(const io::json_field& vocab) {
    if (!vocab.value().is_object()) vocab.fail("an object of pieces and ids");
    std::vector<vocabulary::entry> entries;
    entries.reserve(vocab.size());
    for (const auto& [piece, id] : vocab.value().members()) {
      std::int32_t read = 0;
      if (id.convert(read) != nullptr || read < 0 || read > vocabulary::highest_id)
        vocab.at(piece).fail("an id from 0 to " + std::to_string(vocabulary::highest_id));
      entries.push_back({piece, read});
    }
    try {
      return vocabulary(entries);
    } catch (const error& repeated) {
      vocab.fail("distinct ids", repeated.what());
    }
  }

 private:
  [[nodiscard]] io::json read(const char* name) const {
    return has(name) ? io::read_json(folder_ / name) : io::json::of({});
  }

  [[nodiscard]] static std::vector<added_token> special_of(const vocabulary& pieces,
                                                           const std::vector<std::string>& names) {
    std::vector<added_token> added;
    for (const std::string& name : names)
      if (const std::int32_t id = pieces.find(name); id != vocabulary::absent)
        added.push_back({.content = name,
                         .id = id,
                         .single_word = false,
                         .lstrip = false,
                         .rstrip = false,
                         .normalized = false,
                         .special = true});
    return added;
  }

  /// added_tokens.json: further tokens and their ids.
  void append_added(const vocabulary& pieces, std::vector<added_token>& added) const {
    const io::json document = read("added_tokens.json");
    const io::json_field tokens(document, (folder_ / "added_tokens.json").string());
    if (!tokens.value().is_object()) tokens.fail("an object of tokens and ids");
    std::set<std::int32_t> ids;
    for (const auto& [content, value] : document.members()) {
      const io::json_field field = tokens.at(content);
      const auto id = field.as<std::int32_t>();
      if (id < 0 || id > vocabulary::highest_id)
        field.fail("an id from 0 to " + std::to_string(vocabulary::highest_id));
      const std::int32_t known = pieces.find(content);
      if (known != vocabulary::absent ? known != id : pieces.contains(id) || !ids.insert(id).second)
        field.fail("an id of its own");
      if (known != vocabulary::absent) continue;
      added.push_back({.content = content,
                       .id = id,
                       .single_word = false,
                       .lstrip = false,
                       .rstrip = false,
                       .normalized = true,
                       .special = false});
    }
  }

  [[nodiscard]] std::vector<piece_merge> read_merges(const vocabulary& pieces) const {
    const std::string file = (folder_ / "merges.txt").string(), text = io::read_file(file);
    std::vector<piece_merge> merges;
    std::uint64_t line = 0;
    for (const std::string_view pair : vocabulary_lines(text)) {
      ++line;
      if (pair.empty() || (line == 1 && pair.starts_with("#version"))) continue;
      const std::size_t space = pair.find(' ');
      const auto merge = space == std::string_view::npos
                             ? std::nullopt
                             : find_merge(pieces, pair.substr(0, space), pair.substr(space + 1));
      if (!merge)
        throw file_error(file, file_error::position::line(line), "merge", "two pieces of vocab.json, their sum one too",
                         '"' + std::string(pair) + '"');
      merges.push_back(*merge);
    }
    return merges;
  }

  std::filesystem::path folder_;
  io::json config_, map_;
};

}  // namespace cot::text
