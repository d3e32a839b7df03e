#pragma once
// Normalizers: what happens to a text before it is cut into words.

#include <cotangent/text/unicode.hpp>
#include <cotangent/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cot::text {

/// Puts characters into canonical order (Unicode, D109) and hands them on: starters at once, marks when the next
/// starter comes. Feed it decomposed characters; flush it at the end.
class canonical_order {
 public:
  template <class F>
  void push(char32_t point, unsigned properties, F&& f) {
    if ((properties & unicode::combines) == 0) {
      flush(f);
      f(point);
    } else {
      marks_.push_back({unicode::combining_class(point), marks_.size(), point});
    }
  }
  template <class F>
  void flush(F&& f) {
    if (marks_.empty()) return;
    std::sort(marks_.begin(), marks_.end(),
              [](const mark& a, const mark& b) { return a.order != b.order ? a.order < b.order : a.place < b.place; });
    for (const mark& m : marks_) f(m.point);
    marks_.clear();
  }

 private:
  struct mark {
    unsigned order;
    std::size_t place;
    char32_t point;
  };
  std::vector<mark> marks_;
};

/// BertNormalizer of the Rust crate, in its order: clean_text (control characters go, white space becomes ' '), spaces
/// around Chinese characters, accents stripped (NFD, then Mn dropped), lower case. The text must be UTF-8.
struct bert_normalizer {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  std::optional<bool> strip_accents = std::nullopt;  // by default: as lowercase
  bool lowercase = true;

  [[nodiscard]] bool operator==(const bert_normalizer&) const = default;

  void operator()(std::string_view text, std::string& out, canonical_order& order) const {
    const bool strip = strip_accents.value_or(lowercase);
    const ascii_table table = ascii();
    const auto emit = [&](char32_t point) {
      const unsigned of_point = unicode::properties(point);
      if (strip && (of_point & unicode::nonspacing_mark)) return;
      if (lowercase && (of_point & unicode::has_lower))
        unicode::lower(point, [&](char32_t lowered) { append_utf8(out, lowered); });
      else
        append_utf8(out, point);
    };
    out.reserve(out.size() + text.size() + 16);
    for (std::size_t at = 0; at < text.size();) {
      if (const std::size_t run = ascii_run(text, at); run > 0) {
        for (const char c : text.substr(at, run)) {
          const unsigned char lowered = table[static_cast<unsigned char>(c)];
          if (lowered == dropped) continue;
          order.flush(emit);
          out.push_back(static_cast<char>(lowered));
        }
        at += run;
        continue;
      }
      const decoded c = decode_utf8(text, at);
      at += c.bytes;
      const unsigned of_point = unicode::properties(c.point);
      if (clean_text && (of_point & (unicode::control | unicode::white_space))) {
        if ((of_point & unicode::control) == 0) order.push(U' ', 0, emit);
        continue;
      }
      const bool chinese = handle_chinese_chars && is_chinese(c.point);
      if (chinese) order.push(U' ', 0, emit);
      if (strip && (of_point & unicode::decomposes))
        unicode::decompose(c.point, [&](char32_t part) { order.push(part, unicode::properties(part), emit); });
      else
        order.push(c.point, strip ? of_point : 0, emit);
      if (chinese) order.push(U' ', 0, emit);
    }
    order.flush(emit);
  }

  /// The blocks that the crate names. Its third extension starts at U+2B920, a hundred characters in the Unicode block
  /// are left out; vocabularies were made with it.
  [[nodiscard]] static bool is_chinese(char32_t c) {
    return c >= 0x3400 &&
           ((c >= 0x4E00 && c <= 0x9FFF) || c <= 0x4DBF || (c >= 0xF900 && c <= 0xFAFF) ||
            (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) ||
            (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0x2F800 && c <= 0x2FA1F));
  }

 private:
  using ascii_table = std::array<unsigned char, 128>;
  static constexpr unsigned char dropped = 0xFF;

  [[nodiscard]] ascii_table ascii() const {
    ascii_table table{};
    for (unsigned c = 0; c < 128; ++c) {
      const unsigned of_point = unicode::properties(c);
      table[c] = static_cast<unsigned char>(lowercase && c >= 'A' && c <= 'Z' ? c + 32 : c);
      if (clean_text && (of_point & unicode::control))
        table[c] = dropped;
      else if (clean_text && (of_point & unicode::white_space))
        table[c] = ' ';
    }
    return table;
  }
};

/// Lower case, character by character.
struct lowercase_normalizer {
  void operator()(std::string_view text, std::string& out) const {
    for (std::size_t at = 0; at < text.size();) {
      const decoded c = decode_utf8(text, at);
      at += c.bytes;
      unicode::lower(c.point, [&](char32_t lowered) { append_utf8(out, lowered); });
    }
  }
};

/// Canonical decomposition in canonical order.
struct nfd_normalizer {
  void operator()(std::string_view text, std::string& out, canonical_order& order) const {
    const auto emit = [&](char32_t point) { append_utf8(out, point); };
    for (std::size_t at = 0; at < text.size();) {
      const decoded c = decode_utf8(text, at);
      at += c.bytes;
      unicode::decompose(c.point, [&](char32_t part) { order.push(part, unicode::properties(part), emit); });
    }
    order.flush(emit);
  }
};

/// Drops every mark (M*); put NFD before it.
struct strip_accents_normalizer {
  void operator()(std::string_view text, std::string& out) const {
    for (std::size_t at = 0; at < text.size();) {
      const decoded c = decode_utf8(text, at);
      if ((unicode::properties(c.point) & unicode::mark) == 0) out += text.substr(at, c.bytes);
      at += c.bytes;
    }
  }
};

/// Drops white space at the ends.
struct strip_normalizer {
  bool left = true;
  bool right = true;

  void operator()(std::string_view text, std::string& out) const {
    std::size_t first = text.size(), last = 0;
    for (std::size_t at = 0; at < text.size();) {
      const decoded c = decode_utf8(text, at);
      if ((unicode::properties(c.point) & unicode::white_space) == 0) {
        first = std::min(first, at);
        last = at + c.bytes;
      }
      at += c.bytes;
    }
    const std::size_t begin = left ? first : 0, end = right ? std::max(last, begin) : text.size();
    out += text.substr(begin, end - begin);
  }
};

using normalizer_step =
    std::variant<bert_normalizer, lowercase_normalizer, nfd_normalizer, strip_accents_normalizer, strip_normalizer>;

/// Steps, one after the other; none leaves the text as it is.
class normalizer {
 public:
  normalizer() = default;
  explicit normalizer(std::vector<normalizer_step> steps) : steps_(std::move(steps)) {}

  /// Memory of one thread.
  struct workspace {
    std::array<std::string, 2> buffers;
    canonical_order order;
  };

  [[nodiscard]] const std::vector<normalizer_step>& steps() const noexcept { return steps_; }

  /// The normalised text, which lies in `text` itself or in the workspace.
  [[nodiscard]] std::string_view operator()(std::string_view text, workspace& space) const {
    std::size_t which = 0;
    for (const normalizer_step& step : steps_) {
      std::string& out = space.buffers[which];
      out.clear();
      std::visit(
          [&](const auto& normalize) {
            if constexpr (requires { normalize(text, out, space.order); })
              normalize(text, out, space.order);
            else
              normalize(text, out);
          },
          step);
      text = out;
      which = 1 - which;
    }
    return text;
  }

 private:
  std::vector<normalizer_step> steps_;
};

}  // namespace cot::text
