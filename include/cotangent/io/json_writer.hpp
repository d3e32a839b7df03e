#pragma once
// JSON text of a value: shortest digits that give the same double back, keys in their own order.

#include <cotangent/core/error.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json_value.hpp>

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cot::io {

/// How JSON is written.
struct json_style {
  int indent = 0;             // 0: one line without spaces; n: one member a line, n spaces a level
  bool spaced = false;        // one line, but ", " and ": " as Python's json writes them
  bool null_for_nan = false;  // NaN and infinities as null; otherwise they throw
};

/// Writes one value into one text. Use `json_text`.
class json_text_maker {
 public:
  explicit json_text_maker(json_style style) : style_(style) {}

  [[nodiscard]] std::string operator()(const json& value) {
    write(value, 0);
    return std::move(text_);
  }

 private:
  void write(const json& value, int level) {
    std::visit([&](const auto& held) { put(held, level); }, value.value_);
  }
  void put(std::nullptr_t, int) { text_ += "null"; }
  void put(bool value, int) { text_ += value ? "true" : "false"; }
  void put(std::int64_t value, int) { text_ += std::to_string(value); }
  void put(std::uint64_t value, int) { text_ += std::to_string(value); }
  void put(double value, int) {
    if (!std::isfinite(value)) {
      if (!style_.null_for_nan) {
        throw option_error("JSON", "number", "a finite number", std::isnan(value) ? "NaN" : "infinity");
      }
      text_ += "null";
      return;
    }
    text_ += number_text(value);
  }
  void put(const std::string& value, int) {
    text_ += '"';
    for (const char c : value) {
      switch (c) {
        case '"': text_ += "\\\""; break;
        case '\\': text_ += "\\\\"; break;
        case '\b': text_ += "\\b"; break;
        case '\f': text_ += "\\f"; break;
        case '\n': text_ += "\\n"; break;
        case '\r': text_ += "\\r"; break;
        case '\t': text_ += "\\t"; break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            constexpr char hex[] = "0123456789abcdef";
            text_ += "\\u00";
            text_ += hex[(c >> 4) & 15];
            text_ += hex[c & 15];
          } else {
            text_ += c;
          }
      }
    }
    text_ += '"';
  }
  void put(const json::array& items, int level) {
    put_list('[', ']', items, level, [&](const json& item) { write(item, level + 1); });
  }
  void put(const json::object& members, int level) {
    put_list('{', '}', members, level, [&](const json_object::member& member) {
      put(member.key, level);
      text_ += style_.indent > 0 || style_.spaced ? ": " : ":";
      write(member.value, level + 1);
    });
  }
  template <class List, class Each>
  void put_list(char open, char close, const List& list, int level, Each each) {
    text_ += open;
    bool first = true;
    for (const auto& entry : list) {
      if (!first) text_ += style_.spaced && style_.indent == 0 ? ", " : ",";
      first = false;
      new_line(level + 1);
      each(entry);
    }
    if (!first) new_line(level);
    text_ += close;
  }
  void new_line(int level) {
    if (style_.indent <= 0) return;
    text_ += '\n';
    text_.append(static_cast<std::size_t>(level) * static_cast<std::size_t>(style_.indent), ' ');
  }

  json_style style_;
  std::string text_;
};

/// JSON text of `value`, without a final newline. Strings must hold UTF-8 (they are copied as they are). A double that
/// is a whole number is written with ".0". Throws `option_error` for NaN and infinities unless the style allows them.
[[nodiscard]] inline std::string json_text(const json& value, json_style style = {}) {
  return json_text_maker(style)(value);
}

/// JSON with a final newline, whole or not at all; by default two spaces a level.
inline void write_json(const std::string& path, const json& value, json_style style = {.indent = 2}) {
  write_file(path, json_text(value, style) + "\n");
}

}  // namespace cot::io
