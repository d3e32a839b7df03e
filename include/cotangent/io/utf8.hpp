#pragma once
// UTF-8: decoding, checking, writing, and foreign text made fit for a message.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cot::io {

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

/// Appends one code point. `code` must be a Unicode scalar value (at most U+10FFFF, no surrogate).
inline void append_utf8(std::string& text, char32_t code) {
  const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Text from a file as one line of a message shows it: control characters and ill-formed bytes as \xNN, the rest cut
/// after about `most` bytes.
[[nodiscard]] inline std::string printable(std::string_view text, std::size_t most = 80) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() >= most) return out + "...";
    const decoded character = decode_utf8(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (!character.whole || byte < 0x20 || byte == 0x7F) {
      constexpr char digits[] = "0123456789abcdef";
      (out += "\\x") += digits[byte >> 4];
      out += digits[byte & 15];
      ++at;
    } else {
      out.append(text, at, character.bytes);
      at += character.bytes;
    }
  }
  return out;
}

}  // namespace cot::io
