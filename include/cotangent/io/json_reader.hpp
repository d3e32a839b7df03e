#pragma once
// The strict JSON reader: RFC 8259 and nothing beside it, with the byte of the first fault in every error.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json_value.hpp>
#include <cotangent/io/lfs_pointer.hpp>
#include <cotangent/io/read_file.hpp>
#include <cotangent/io/utf8.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// How a JSON text is read and how its errors name it.
struct json_source {
  std::string name = "JSON text";  // the file, as errors say it
  std::uint64_t line = 0;          // of a line in a JSON-lines file: errors then say NAME:LINE and the column
  int depth = 64;                  // arrays and objects within each other
  std::uint64_t first_byte = 0;    // where the text begins in its file: added to the bytes that errors name
  std::uint64_t most_values = 0;   // limit on the number of values, each about 50 bytes in memory; 0: none
};

/// One recursive descent over one text. Use `parse_json`.
class json_reader {
 public:
  json_reader(std::string_view text, const json_source& source) : text_(text), source_(source) {}

  [[nodiscard]] json document() {
    if (text_.starts_with("\xEF\xBB\xBF")) fail(0, "a value", "a byte-order mark");
    skip_space();
    json root = value(0);
    skip_space();
    if (at_ != text_.size()) fail(at_, "the end of the text", quoted(at_));
    return root;
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string_view expected, std::string_view got) const {
    if (source_.line == 0) {
      throw file_error(source_.name, file_error::position::byte(source_.first_byte + at), "JSON", expected, got);
    }
    throw file_error(source_.name, file_error::position::line(source_.line),
                     "JSON, column " + std::to_string(at + 1) + ",", expected, got);
  }
  /// The character at a place, as a message shows it.
  [[nodiscard]] std::string quoted(std::size_t at) const {
    if (at >= text_.size()) return "the end of the text";
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte > 0x20 && byte < 0x7F) return "'" + std::string(1, text_[at]) + "'";
    constexpr char digits[] = "0123456789abcdef";
    return std::string("the byte 0x") + digits[byte >> 4] + digits[byte & 15];
  }
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() noexcept {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    }
  }
  void expect(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (at_ + i >= text_.size() || text_[at_ + i] != word[i]) {
        fail(at_ + i, "the word " + std::string(word), quoted(at_ + i));
      }
    }
    at_ += word.size();
  }

  [[nodiscard]] json value(int depth) {
    const std::size_t begin = at_;
    json read;
    switch (peek()) {
      case '{': read = object(depth); break;
      case '[': read = array(depth); break;
      case '"': read = json(string()); break;
      case 't':
        expect("true");
        read = json(true);
        break;
      case 'f':
        expect("false");
        read = json(false);
        break;
      case 'n': expect("null"); break;
      default: read = number(); break;
    }
    if (++values_ > source_.most_values && source_.most_values != 0) {
      fail(begin, "at most " + std::to_string(source_.most_values) + " values", "more");
    }
    read.set_offset(source_.first_byte + begin);
    return read;
  }

  void enter(int depth) const {
    if (depth >= source_.depth) {
      fail(at_, "at most " + std::to_string(source_.depth) + " nested arrays and objects", "more");
    }
  }

  [[nodiscard]] json object(int depth) {
    enter(depth);
    ++at_;
    json_object::storage members;
    std::vector<std::size_t> places;
    skip_space();
    if (peek() == '}') {
      ++at_;
      return json(json_object());
    }
    while (true) {
      if (peek() != '"') fail(at_, "a key in double quotes", quoted(at_));
      const std::size_t place = at_;
      std::string key = string();
      skip_space();
      if (peek() != ':') fail(at_, "':' after a key", quoted(at_));
      ++at_;
      skip_space();
      members.push_back({std::move(key), value(depth + 1)});
      places.push_back(place);
      skip_space();
      const char next = peek();
      if (next == '}') break;
      if (next != ',') fail(at_, "',' or '}' after a member", quoted(at_));
      ++at_;
      skip_space();
    }
    ++at_;
    json_object made(std::move(members));
    if (const auto* again = made.duplicate()) {
      fail(places[static_cast<std::size_t>(again - &*made.begin())], "keys that differ",
           "\"" + printable(again->key) + "\" twice");
    }
    return json(std::move(made));
  }

  [[nodiscard]] json array(int depth) {
    enter(depth);
    ++at_;
    json::array items;
    skip_space();
    if (peek() == ']') {
      ++at_;
      return json(std::move(items));
    }
    while (true) {
      items.push_back(value(depth + 1));
      skip_space();
      const char next = peek();
      if (next == ']') break;
      if (next != ',') fail(at_, "',' or ']' after an item", quoted(at_));
      ++at_;
      skip_space();
    }
    ++at_;
    return json(std::move(items));
  }

  [[nodiscard]] std::string string() {
    const std::size_t begin = at_++;
    std::string out;
    while (true) {
      std::size_t run = at_;
      while (run < text_.size() && plain(static_cast<unsigned char>(text_[run]))) ++run;
      out.append(text_, at_, run - at_);
      at_ = run;
      if (at_ >= text_.size()) fail(begin, "a string closed by '\"'", "the end of the text");
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') break;
      if (byte == '\\') {
        escape(out);
      } else if (byte < 0x20) {
        fail(at_, "a control character written as an escape", quoted(at_));
      } else {
        const decoded character = decode_utf8(text_, at_);
        if (!character.whole) fail(at_, "UTF-8", quoted(at_));
        out.append(text_, at_, character.bytes);
        at_ += character.bytes;
      }
    }
    ++at_;
    return out;
  }
  static bool plain(unsigned char byte) noexcept { return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\'; }

  void escape(std::string& out) {
    const std::size_t begin = at_++;
    const char letter = peek();
    ++at_;
    switch (letter) {
      case '"':
      case '\\':
      case '/': out += letter; return;
      case 'b': out += '\b'; return;
      case 'f': out += '\f'; return;
      case 'n': out += '\n'; return;
      case 'r': out += '\r'; return;
      case 't': out += '\t'; return;
      case 'u': break;
      default: fail(begin + 1, "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", quoted(begin + 1));
    }
    char32_t code = hexadecimal();
    if (code >= 0xDC00 && code < 0xE000) fail(begin, "a high surrogate first", "a low surrogate");
    if (code >= 0xD800 && code < 0xDC00) {
      if (text_.substr(at_, 2) != "\\u") fail(begin, "a low surrogate after a high one", quoted(at_));
      at_ += 2;
      const char32_t low = hexadecimal();
      if (low < 0xDC00 || low >= 0xE000) fail(begin, "a low surrogate after a high one", "another code point");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
  }
  [[nodiscard]] char32_t hexadecimal() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const bool digit = c >= '0' && c <= '9';
      const bool lower = c >= 'a' && c <= 'f';
      if (!digit && !lower && !(c >= 'A' && c <= 'F')) fail(at_, "four hexadecimal digits after \\u", quoted(at_));
      code = code * 16 + static_cast<unsigned>(digit ? c - '0' : (lower ? c - 'a' : c - 'A') + 10);
    }
    return code;
  }

  std::size_t digits(std::string_view expected) {
    const std::size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == begin) fail(at_, expected, quoted(at_));
    return at_ - begin;
  }
  [[nodiscard]] json number() {
    const std::size_t begin = at_;
    const bool negative = peek() == '-';
    if (negative) ++at_;
    const std::size_t first = at_;
    const std::size_t length = digits(negative ? "a digit" : "a value");
    if (length > 1 && text_[first] == '0') fail(first, "a number without leading zeros", "'0'");
    bool whole = true;
    if (peek() == '.') {
      whole = false;
      ++at_;
      digits("a digit after the point");
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits("a digit of the exponent");
    }
    const std::string_view written = text_.substr(begin, at_ - begin);
    const char* from = written.data();
    const char* to = from + written.size();
    if (whole && written != "-0") {
      std::int64_t exact = 0;
      if (std::from_chars(from, to, exact).ec == std::errc()) return json(exact);
      std::uint64_t large = 0;
      if (!negative && std::from_chars(from, to, large).ec == std::errc()) return json(large);
    }
    double nearest = 0;
    if (std::from_chars(from, to, nearest).ec == std::errc()) return json(nearest);
    if (magnitude(written) > 0) {
      fail(begin, "a number within the range of double", std::string(written.substr(0, 40)));
    }
    return json(negative ? -0.0 : 0.0);  // below the least subnormal: rounds to zero
  }
  /// Decimal exponent of a number out of range, so that too large is told from too small.
  [[nodiscard]] static std::int64_t magnitude(std::string_view written) noexcept {
    std::int64_t before = 0, zeros = 0, exponent = 0;
    bool point = false, significant = false;
    std::size_t i = written.starts_with('-') ? 1 : 0;
    for (; i < written.size() && written[i] != 'e' && written[i] != 'E'; ++i) {
      if (written[i] == '.') {
        point = true;
        continue;
      }
      significant = significant || written[i] != '0';
      if (significant && !point) ++before;
      if (!significant && point) ++zeros;
    }
    if (!significant) return 0;
    bool minus = false;
    for (++i; i < written.size(); ++i) {
      if (written[i] == '-') minus = true;
      const bool digit = written[i] >= '0' && written[i] <= '9';
      if (digit && exponent < 1'000'000'000'000) exponent = exponent * 10 + (written[i] - '0');
    }
    return before - zeros + (minus ? -exponent : exponent);
  }

  std::string_view text_;
  const json_source& source_;
  std::size_t at_ = 0;
  std::uint64_t values_ = 0;
};

/// Reads one JSON text. Strict: RFC 8259, valid UTF-8, paired surrogates, no repeated key, no byte-order mark, nothing
/// after the value, numbers within the range of double (those too small round to zero). Throws `file_error`.
[[nodiscard]] inline json parse_json(std::string_view text, const json_source& source = {}) {
  return json_reader(text, source).document();
}

/// Reads a JSON file whole. The file may hold at most `most_bytes`.
[[nodiscard]] inline json read_json(const std::string& path, std::uint64_t most_bytes = 1U << 30) {
  const std::string text = read_file(path, most_bytes);
  refuse_lfs_pointer(text, path);
  return parse_json(text, {.name = path});
}

}  // namespace cot::io
