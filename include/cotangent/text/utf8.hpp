#pragma once
// UTF-8: decoding, checking, repairing.

#include <cotangent/io/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cot::text {

using io::append_utf8;

/// A character and the bytes it takes. Where the text is broken, `whole` is false and `bytes` is the length of the
/// maximal part of a character there (Unicode, section 3.9), at least 1.
struct decoded {
  char32_t point = 0;
  std::size_t bytes = 1;
  bool whole = false;
};

/// The character that starts at text[at], at < text.size(). Strict (Unicode, table 3-7): no overlong forms, no
/// surrogates, nothing above U+10FFFF, nothing cut off.
[[nodiscard]] inline decoded decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0) return {};
  char32_t point = first & (0x7Fu >> length);
  unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i == text.size() || byte(i) < lowest || byte(i) > highest) return {0, i, false};
    point = point << 6 | (byte(i) & 0x3Fu);
    lowest = 0x80, highest = 0xBF;
  }
  return {point, length, true};
}

/// Length of the run of ASCII that starts at text[at].
[[nodiscard]] inline std::size_t ascii_run(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  for (std::uint64_t word; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (word & 0x8080808080808080u) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at - start;
}

/// Position of the first byte that is not part of a whole character; text.size() where all is UTF-8.
[[nodiscard]] inline std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while ((at += ascii_run(text, at)) < text.size()) {
    const decoded character = decode_utf8(text, at);
    if (!character.whole) return at;
    at += character.bytes;
  }
  return at;
}

/// The text with U+FFFD for each broken part: for callers who would rather lose a character than stop.
[[nodiscard]] inline std::string replace_invalid_utf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  while (true) {
    const std::size_t valid = first_invalid_utf8(text);
    repaired += text.substr(0, valid);
    if (valid == text.size()) return repaired;
    append_utf8(repaired, 0xFFFD);
    text.remove_prefix(valid + decode_utf8(text, valid).bytes);
  }
}

}  // namespace cot::text
