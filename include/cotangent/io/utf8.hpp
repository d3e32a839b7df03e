#pragma once
// UTF-8, the steps every reader needs: the length of the next well-formed sequence, a code point written, and foreign
// text made fit for a message.

#include <cstddef>
#include <string>
#include <string_view>

namespace cot::io {

/// Bytes of the well-formed sequence at the front of `text`, 1 to 4, or 0 where it is ill-formed, cut short or empty.
/// Overlong forms, surrogates and code points above U+10FFFF are ill-formed (Unicode 15, table 3-7).
[[nodiscard]] inline std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80U) return 1;
  if (lead < 0xC2U) return 0;
  if (lead < 0xE0U) return continues(1) ? 2 : 0;
  if (lead < 0xF0U) {
    const unsigned low = lead == 0xE0U ? 0xA0U : 0x80U;
    const unsigned high = lead == 0xEDU ? 0x9FU : 0xBFU;
    return byte(1) >= low && byte(1) <= high && continues(2) ? 3 : 0;
  }
  if (lead > 0xF4U) return 0;
  const unsigned low = lead == 0xF0U ? 0x90U : 0x80U;
  const unsigned high = lead == 0xF4U ? 0x8FU : 0xBFU;
  return byte(1) >= low && byte(1) <= high && continues(2) && continues(3) ? 4 : 0;
}

/// Offset of the first ill-formed byte, or `text.size()`.
[[nodiscard]] inline std::size_t utf8_valid_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_sequence(text.substr(at));
    if (length == 0) break;
    at += length;
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
    const std::size_t length = utf8_sequence(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      constexpr char digits[] = "0123456789abcdef";
      (out += "\\x") += digits[byte >> 4];
      out += digits[byte & 15];
      ++at;
    } else {
      out.append(text, at, length);
      at += length;
    }
  }
  return out;
}

}  // namespace cot::io
