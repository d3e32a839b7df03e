#pragma once
// `tokenizer`: text to ids, exactly as the Rust crate `tokenizers` gives them.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/text/added_tokens.hpp>
#include <cotangent/text/byte_pair.hpp>
#include <cotangent/text/normalizer.hpp>
#include <cotangent/text/utf8.hpp>
#include <cotangent/text/vocabulary.hpp>
#include <cotangent/text/word_piece.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cot::text {

/// Which end of a text that is too long is cut off.
enum class truncation_side { right, left };

/// Ids of the tokens with a role, where there are such.
struct special_tokens {
  std::optional<std::int32_t> cls = {}, sep = {}, pad = {}, mask = {}, unk = {};
};

/// What a tokenizer is made of: the stages of a tokenizer.json, in their order.
struct tokenizer_parts {
  std::vector<added_token> added = {};
  normalizer normalize = {};
  vocabulary pieces;  // of the model, without added tokens
  std::variant<word_piece, byte_pair> model;
  std::vector<std::int32_t> prefix = {}, suffix = {};  // special tokens around every sentence
  truncation_side truncation = truncation_side::right;
  special_tokens special = {};
  std::optional<index> longest = std::nullopt;  // model_max_length, where it is set
  std::vector<std::string> remarks = {};        // disagreements between the files, settled
};

/// Immutable, so that threads may share it.
class tokenizer {
 public:
  /// What encoding allocates, kept for the next sentence. One per thread.
  class workspace {
    friend class tokenizer;
    normalizer::workspace normalised_;
    std::string prefixed_;
    word_piece::workspace words_;
    byte_pair::workspace pairs_;
  };

  explicit tokenizer(tokenizer_parts parts) : parts_(std::move(parts)) {
    std::vector<added_token> raw, normalised;
    normalizer::workspace space;
    size_ = parts_.pieces.size();
    for (added_token token : parts_.added) {
      size_ = std::max(size_, index{token.id} + 1);
      added_pieces_.emplace(token.id, token.content);
      if (token.normalized) token.content = std::string(parts_.normalize(token.content, space));
      (token.normalized ? normalised : raw).push_back(std::move(token));
    }
    raw_ = token_finder(std::move(raw));
    normalised_ = token_finder(std::move(normalised));
  }

  /// The ids of a text with the special tokens around them, at most max_length in all: text is cut, special tokens are
  /// not. Throws cot::error with the byte where the text is not UTF-8 (see replace_invalid_utf8), and option_error
  /// where max_length does not leave room for the special tokens.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text, index max_length) const {
    workspace space;
    std::vector<std::int32_t> ids;
    encode(text, max_length, space, ids);
    return ids;
  }

  /// The same, appended to ids.
  void encode(std::string_view text, index max_length, workspace& space, std::vector<std::int32_t>& ids) const {
    const index room = max_length - special_count();
    if (room < 0)
      throw option_error("tokenizer", "max_length",
                         "at least the " + std::to_string(special_count()) + " special tokens",
                         std::to_string(max_length));
    ids.insert(ids.end(), parts_.prefix.begin(), parts_.prefix.end());
    append_content(text, static_cast<std::size_t>(room), space, ids);
    ids.insert(ids.end(), parts_.suffix.begin(), parts_.suffix.end());
  }

  /// The ids of a text alone: no special tokens but those written in it, nothing cut.
  [[nodiscard]] std::vector<std::int32_t> content(std::string_view text) const {
    workspace space;
    std::vector<std::int32_t> ids;
    append_content(text, unlimited, space, ids);
    return ids;
  }

  /// The piece of an id as the vocabulary writes it ("##ing", "\u0120the"); throws option_error for an id it does not
  /// have.
  [[nodiscard]] std::string_view piece(std::int32_t id) const {
    if (parts_.pieces.contains(id)) return parts_.pieces.piece(id);
    if (const auto added = added_pieces_.find(id); added != added_pieces_.end()) return added->second;
    throw option_error("tokenizer", "id", "one of the vocabulary, below " + std::to_string(size_), std::to_string(id));
  }
  [[nodiscard]] std::optional<std::int32_t> id(std::string_view piece) const {
    for (const added_token& token : parts_.added)
      if (token.content == piece) return token.id;
    const std::int32_t found = parts_.pieces.find(piece);
    return found == vocabulary::absent ? std::nullopt : std::optional(found);
  }

  /// One more than the highest id: the rows that an embedding table needs.
  [[nodiscard]] index vocabulary_size() const noexcept { return size_; }
  [[nodiscard]] const special_tokens& special() const noexcept { return parts_.special; }
  /// Special tokens put around every sentence.
  [[nodiscard]] index special_count() const noexcept {
    return static_cast<index>(parts_.prefix.size() + parts_.suffix.size());
  }
  /// model_max_length of the folder, special tokens included, where it says one.
  [[nodiscard]] std::optional<index> max_length() const noexcept { return parts_.longest; }
  /// What the tokenizer's files disagreed about, and what was done.
  [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return parts_.remarks; }

 private:
  static constexpr std::size_t unlimited = std::size_t{1} << 62;

  void append_content(std::string_view text, std::size_t room, workspace& space, std::vector<std::int32_t>& ids) const {
    if (const std::size_t bad = first_invalid_utf8(text); bad != text.size())
      throw error(error_text("tokenizer", "text at byte " + std::to_string(bad), "UTF-8",
                             "byte " + std::to_string(static_cast<unsigned char>(text[bad]))));
    const bool keep_right = parts_.truncation == truncation_side::left;
    const std::size_t start = ids.size(), most = keep_right ? unlimited : start + room;
    const auto token = [&](std::int32_t id) {
      ids.push_back(id);
      return ids.size() < most;
    };
    if (room > 0)
      raw_.split(
          text,
          [&](std::string_view part) {
            return normalised_.split(
                parts_.normalize(part, space.normalised_),
                [&](std::string_view words) { return append_words(words, most, space, ids); }, token);
          },
          token);
    if (ids.size() - start <= room) return;
    if (keep_right)
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(start), ids.end() - static_cast<std::ptrdiff_t>(room));
    else
      ids.resize(start + room);
  }

  /// Ids of a text without added tokens; false as soon as there are `most`.
  bool append_words(std::string_view text, std::size_t most, workspace& space, std::vector<std::int32_t>& ids) const {
    if (const auto* words = std::get_if<word_piece>(&parts_.model)) {
      words->split(text, space.prefixed_, [&](std::string_view word) {
        words->encode(parts_.pieces, word, space.words_, ids);
        return ids.size() < most;
      });
    } else {
      const auto& pairs = std::get<byte_pair>(parts_.model);
      pairs.split(text, space.prefixed_, [&](std::string_view word) {
        pairs.encode(parts_.pieces, word, space.pairs_, ids);
        return ids.size() < most;
      });
    }
    return ids.size() < most;
  }

  tokenizer_parts parts_;
  token_finder raw_, normalised_;
  std::map<std::int32_t, std::string> added_pieces_;
  index size_ = 0;
};

}  // namespace cot::text
