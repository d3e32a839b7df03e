#pragma once
// `load_tokenizer(folder)`: the tokenizer of a model folder, from whichever of the known files it holds.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/text/tokenizer.hpp>
#include <cotangent/text/tokenizer_json.hpp>
#include <cotangent/text/vocabulary_files.hpp>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cot::text {

struct tokenizer_options {
  bool lowercase = false;  // do_lower_case of sentence_bert_config.json: lower case first, where nothing does it
  std::optional<index> max_length = std::nullopt;  // the model's limit in place of the tokenizer's own
};

namespace detail {

/// Whether transformers builds the normalizer of this folder anew, from tokenizer_config.json.
[[nodiscard]] inline bool class_rebuilds_normalizer(const std::filesystem::path& folder, const io::json_field& config) {
  const std::string name = config.value_or("tokenizer_class", "");
  if (name.empty()) return std::filesystem::exists(folder / "config.json");
  return name != "PreTrainedTokenizerFast" && name != "TokenizersBackend";
}

/// The id of a role: by the name in tokenizer_config.json or special_tokens_map.json, else by the usual names.
[[nodiscard]] inline std::optional<std::int32_t> role(const tokenizer_files& files, const tokenizer_parts& parts,
                                                      const char* key, std::initializer_list<std::string_view> usual) {
  const auto find = [&](std::string_view name) -> std::optional<std::int32_t> {
    for (const added_token& token : parts.added)
      if (token.content == name) return token.id;
    const std::int32_t id = parts.pieces.find(name);
    return id == vocabulary::absent ? std::nullopt : std::optional(id);
  };
  if (const auto named = files.token_name(key)) return find(*named);
  for (const std::string_view name : usual)
    if (const auto id = find(name)) return id;
  return std::nullopt;
}

}  // namespace detail

/// Reads tokenizer.json where there is one (a broken one is an error, nothing else is tried), else vocab.txt (WordPiece
/// as BERT has it), else vocab.json with merges.txt (byte-level BPE as RoBERTa or GPT-2 has it). Names of special
/// tokens, the case, the side of truncation and the greatest length come from tokenizer_config.json. Every failure is a
/// file_error with the file and the place in it.
[[nodiscard]] inline tokenizer load_tokenizer(const std::filesystem::path& folder,
                                              const tokenizer_options& options = {}) {
  const tokenizer_files files(folder);
  tokenizer_parts parts = [&] {
    if (files.has("tokenizer.json")) {
      const io::json document = io::read_json(folder / "tokenizer.json");
      return tokenizer_json({document, (folder / "tokenizer.json").string()}).read();
    }
    if (files.has("vocab.txt")) return files.read_word_piece();
    if (files.has("vocab.json")) return files.read_byte_pair();
    throw file_error(folder.string(), file_error::position::none(), "no tokenizer",
                     "tokenizer.json, vocab.txt, or vocab.json with merges.txt", "none of them");
  }();

  std::vector<normalizer_step> steps = parts.normalize.steps();
  const io::json_field& config = files.config();
  bool lowers = false;
  for (normalizer_step& step : steps) {
    if (auto* bert = std::get_if<bert_normalizer>(&step)) {
      if (files.has("tokenizer.json") && detail::class_rebuilds_normalizer(folder, config)) {
        const bert_normalizer configured = files.configured(*bert);
        if (configured != *bert)
          parts.remarks.emplace_back(
              "tokenizer.json and tokenizer_config.json disagree about lower case, accents or Chinese characters: "
              "the latter is followed, as transformers does");
        *bert = configured;
      }
      lowers = lowers || bert->lowercase;
    }
    lowers = lowers || std::holds_alternative<lowercase_normalizer>(step);
  }
  if (options.lowercase && !lowers) steps.insert(steps.begin(), lowercase_normalizer{});
  parts.normalize = normalizer(std::move(steps));

  if (const auto side = config.find("truncation_side")) {
    const auto name = side->as<std::string_view>();
    if (name != "left" && name != "right") side->fail("left or right");
    parts.truncation = name == "left" ? truncation_side::left : truncation_side::right;
  }
  if (const auto longest = config.find("model_max_length")) {
    const auto length = longest->as<double>();
    if (!(length >= 1)) longest->fail("a positive number");
    if (length < 1e9) parts.longest = static_cast<index>(length);  // about 1e30 stands for "not set"
  }
  if (options.max_length) parts.longest = options.max_length;
  parts.special = {.cls = detail::role(files, parts, "cls_token", {"[CLS]", "<s>"}),
                   .sep = detail::role(files, parts, "sep_token", {"[SEP]", "</s>"}),
                   .pad = detail::role(files, parts, "pad_token", {"[PAD]", "<pad>"}),
                   .mask = detail::role(files, parts, "mask_token", {"[MASK]", "<mask>"}),
                   .unk = detail::role(files, parts, "unk_token", {"[UNK]", "<unk>", "<|endoftext|>"})};
  return tokenizer(std::move(parts));
}

}  // namespace cot::text
