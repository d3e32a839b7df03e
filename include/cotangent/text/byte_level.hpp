#pragma once
// Byte-level text, as GPT-2 reads it: bytes written as printable characters, and the cut into words.

#include <cotangent/text/unicode.hpp>
#include <cotangent/text/utf8.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace cot::text {

/// The character that stands for each byte in a byte-level vocabulary: 33 to 126, 161 to 172 and 174 to 255 themselves,
/// the other 68, in ascending order, U+0100 and what follows (a space is U+0120).
[[nodiscard]] constexpr std::array<char32_t, 256> byte_characters() {
  std::array<char32_t, 256> characters{};
  char32_t next = 0x100;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    characters[byte] = printable ? byte : next++;
  }
  return characters;
}

/// The bytes of a text as the characters of byte_characters, in UTF-8.
[[nodiscard]] inline std::string to_byte_characters(std::string_view bytes) {
  constexpr std::array<char32_t, 256> characters = byte_characters();
  std::string text;
  for (const char byte : bytes) append_utf8(text, characters[static_cast<unsigned char>(byte)]);
  return text;
}

/// Cuts a text as the regular expression of GPT-2 does:
///
///   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The lookahead in words: of a run of white space before another character, the last one is left to the next part if
/// the run has two or more. Calls word(part) until that returns false; the parts together are the text.
template <class F>
void split_byte_level(std::string_view text, F&& word) {
  constexpr unsigned kinds = unicode::letter | unicode::number | unicode::white_space;
  const auto kind = [&](std::size_t at, std::size_t& bytes) {
    const decoded c = decode_utf8(text, at);
    bytes = c.bytes;
    return unicode::properties(c.point) & kinds;
  };
  const auto contraction = [&](std::size_t at) -> std::size_t {
    if (text[at] != '\'') return 0;
    for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
      if (text.substr(at).starts_with(ending)) return ending.size();
    return 0;
  };
  for (std::size_t start = 0; start < text.size();) {
    if (const std::size_t ending = contraction(start); ending > 0) {
      if (!word(text.substr(start, ending))) return;
      start += ending;
      continue;
    }
    std::size_t bytes = 0;
    unsigned first = kind(start, bytes);
    std::size_t end = start + bytes;
    if (text[start] == ' ' && end < text.size() && kind(end, bytes) != unicode::white_space) {
      first = kind(end, bytes);
      end += bytes;
    }
    std::size_t last = start;
    while (end < text.size() && kind(end, bytes) == first) {
      last = end;
      end += bytes;
    }
    if (first == unicode::white_space && end < text.size() && last > start) end = last;
    if (!word(text.substr(start, end - start))) return;
    start = end;
  }
}

}  // namespace cot::text
