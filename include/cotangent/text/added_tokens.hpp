#pragma once
// Added tokens: pieces that are found in the text itself, before any model sees it.

#include <cotangent/text/unicode.hpp>
#include <cotangent/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::text {

/// A token such as [MASK], with the flags of tokenizer.json.
struct added_token {
  std::string content;
  std::int32_t id = 0;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // and after it
  bool normalized = false;   // is looked for in the normalised text, with normalised content
  bool special = false;
};

/// Finds tokens as the Rust crate does: the leftmost first, of those the longest, never overlapping.
class token_finder {
 public:
  token_finder() = default;

  /// An empty content is never found; of equal ones a special token counts, then the lowest id.
  explicit token_finder(std::vector<added_token> tokens) : tokens_(std::move(tokens)) {
    std::erase_if(tokens_, [](const added_token& t) { return t.content.empty(); });
    const auto first_byte = [](const added_token& t) { return static_cast<unsigned char>(t.content[0]); };
    std::sort(tokens_.begin(), tokens_.end(), [&](const added_token& a, const added_token& b) {
      if (first_byte(a) != first_byte(b)) return first_byte(a) < first_byte(b);
      if (a.content.size() != b.content.size()) return a.content.size() > b.content.size();
      return a.special != b.special ? a.special : a.id < b.id;
    });
    for (const added_token& t : tokens_) ++first_[first_byte(t) + std::size_t{1}];
    for (std::size_t byte = 0; byte < 256; ++byte) first_[byte + 1] += first_[byte];
  }

  /// Calls text_part(part) and token_part(id), in the order of the text, until one returns false. Returns whether none
  /// did.
  template <class Text, class Token>
  bool split(std::string_view text, Text&& text_part, Token&& token_part) const {
    std::size_t done = 0;
    for (std::size_t at = 0; !tokens_.empty() && at < text.size();) {
      const added_token* token = longest_at(text, at);
      if (token == nullptr) {
        ++at;
        continue;
      }
      std::size_t start = at, stop = at + token->content.size();
      at = stop;
      if (token->single_word && (word_before(text, start) || word_after(text, stop))) continue;
      if (token->lstrip) start = std::max(done, white_space_before(text, start));
      if (token->rstrip) stop = white_space_after(text, stop);
      if (done < start && !text_part(text.substr(done, start - done))) return false;
      if (!token_part(token->id)) return false;
      done = stop;
    }
    return done >= text.size() || text_part(text.substr(done));
  }

 private:
  [[nodiscard]] const added_token* longest_at(std::string_view text, std::size_t at) const {
    const auto byte = static_cast<unsigned char>(text[at]);
    for (std::size_t i = first_[byte]; i < first_[byte + std::size_t{1}]; ++i)
      if (text.substr(at).starts_with(tokens_[i].content)) return &tokens_[i];
    return nullptr;
  }

  [[nodiscard]] static std::size_t character_before(std::string_view text, std::size_t at) {
    do --at;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u);
    return at;
  }
  [[nodiscard]] static bool has(std::string_view text, std::size_t at, unsigned property) {
    return (unicode::properties(decode_utf8(text, at).point) & property) != 0;
  }
  [[nodiscard]] static bool word_before(std::string_view text, std::size_t at) {
    return at > 0 && has(text, character_before(text, at), unicode::word);
  }
  [[nodiscard]] static bool word_after(std::string_view text, std::size_t at) {
    return at < text.size() && has(text, at, unicode::word);
  }
  [[nodiscard]] static std::size_t white_space_before(std::string_view text, std::size_t at) {
    while (at > 0) {
      const std::size_t before = character_before(text, at);
      if (!has(text, before, unicode::white_space)) break;
      at = before;
    }
    return at;
  }
  [[nodiscard]] static std::size_t white_space_after(std::string_view text, std::size_t at) {
    while (at < text.size() && has(text, at, unicode::white_space)) at += decode_utf8(text, at).bytes;
    return at;
  }

  std::vector<added_token> tokens_;          // by first byte, then the longest first
  std::array<std::size_t, 257> first_ = {};  // tokens_[first_[b], first_[b + 1]) begin with byte b
};

}  // namespace cot::text
