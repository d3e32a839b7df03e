#pragma once
// UTF-8 for tokenizers: what io knows of it, and the repair of broken text.

#include <cotangent/io/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace cot::text {

using io::append_utf8;
using io::ascii_run;
using io::decode_utf8;
using io::decoded;
using io::first_invalid_utf8;

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
