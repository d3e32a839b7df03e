#pragma once
// Numbers and text as people read them in tables, charts and HTML.

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

namespace cot::report {

/// `decimals` digits after the point; "-" where the value is NaN, "inf" or "-inf" where infinite. No "-0.00".
[[nodiscard]] inline std::string fixed(double value, int decimals) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 352> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals).ptr;
  std::string text(buffer.data(), end);
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

/// At most `digits` significant digits, without trailing zeros; powers of ten where that is shorter.
[[nodiscard]] inline std::string general(double value, int digits = 4) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, digits).ptr;
  return {buffer.data(), end};
}

/// With its sign, for differences: "+1.25".
[[nodiscard]] inline std::string signed_fixed(double value, int decimals) {
  const std::string text = fixed(value, decimals);
  return value > 0 && text.find_first_not_of("0.") != std::string::npos ? "+" + text : text;
}

/// 950, 12.3k, 4.56M.
[[nodiscard]] inline std::string with_unit(double value) {
  constexpr std::array<std::string_view, 5> units = {"", "k", "M", "G", "T"};
  std::size_t u = 0;
  while (std::fabs(value) >= 999.5 && u + 1 < units.size()) value /= 1000, ++u;
  const int decimals = u == 0 || std::fabs(value) >= 99.95 ? 0 : std::fabs(value) >= 9.995 ? 1 : 2;
  return fixed(value, decimals) + std::string(units[u]);
}

/// Seconds as 42 s, 3:07 or 1:02:03.
[[nodiscard]] inline std::string duration(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "-";
  const long long s = std::llround(seconds);
  const auto two = [](long long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + ":" + two(s % 60);
  return std::to_string(s / 3600) + ":" + two(s / 60 % 60) + ":" + two(s % 60);
}

/// Text safe in HTML and SVG, in content and in quoted attributes. Control characters that XML forbids are dropped.
[[nodiscard]] inline std::string escape_markup(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') safe += c;
    }
  return safe;
}

/// Characters, not bytes: what a terminal needs to align UTF-8 (one column a code point).
[[nodiscard]] inline std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for (const char c : utf8)
    if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80u) ++width;
  return width;
}

}  // namespace cot::report
