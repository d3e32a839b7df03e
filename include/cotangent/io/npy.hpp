#pragma once
// NumPy's `.npy`: one array a file. Reading is here, writing in `npy_writer.hpp`.

#include <cotangent/core/error.hpp>
#include <cotangent/core/host_matrix.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/mapped_file.hpp>
#include <cotangent/io/number_type.hpp>
#include <cotangent/io/safetensors_layout.hpp>
#include <cotangent/io/utf8.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// What the header of a `.npy` file says.
struct npy_layout {
  static constexpr std::uint64_t most_header_bytes = 1U << 20;

  number_type type = number_type::F32;
  bool big_endian = false;
  bool fortran_order = false;  // the first index runs fastest
  std::vector<index> shape;
  std::uint64_t data = 0;  // the byte where the numbers begin

  [[nodiscard]] index size() const {
    index n = 1;
    for (const index extent : shape) n *= extent;
    return n;
  }
};

/// Reads the dict literal of one header: exactly the keys descr, fortran_order and shape, in any order, with either
/// quote; no other Python is understood. Use `read_npy_layout`.
class npy_header_reader {
 public:
  npy_header_reader(std::string_view text, const std::string& file, std::uint64_t begin)
      : text_(text), file_(file), begin_(begin) {}

  void read(npy_layout& layout) {
    bool seen[3] = {};
    take('{', "'{'");
    while (!found('}')) {
      const std::size_t place = at_;
      const std::string_view key = quoted("a quoted key");
      const std::size_t which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
      if (which == 3) fail(place, "one of the keys descr, fortran_order and shape", "'" + printable(key) + "'");
      if (std::exchange(seen[which], true)) fail(place, "keys that differ", "'" + printable(key) + "' twice");
      take(':', "':' after a key");
      if (which == 0) read_type(layout);
      if (which == 1) layout.fortran_order = read_truth();
      if (which == 2) read_shape(layout);
      if (!found(',')) {
        take('}', "',' or '}'");
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail(at_, "spaces and a newline after the header", "more text");
    constexpr std::string_view keys[] = {"descr", "fortran_order", "shape"};
    for (std::size_t i = 0; i < 3; ++i) {
      if (!seen[i]) fail(0, "the key " + std::string(keys[i]), "none");
    }
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string_view expected, std::string_view got) const {
    throw file_error(file_, file_error::position::byte(begin_ + at), "npy header", expected, got);
  }
  [[nodiscard]] std::string here() const {
    return at_ < text_.size() ? "'" + printable(text_.substr(at_, 1)) + "'" : "its end";
  }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool found(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void take(char c, std::string_view expected) {
    if (!found(c)) fail(at_, expected, here());
  }
  [[nodiscard]] std::string_view quoted(std::string_view expected) {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail(at_, expected, here());
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) fail(at_, "a closing quote", "the end of the header");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }
  void read_type(npy_layout& layout) {
    skip_space();
    const std::size_t place = at_;
    if (at_ < text_.size() && text_[at_] == '[') {
      fail(at_, "an array of plain numbers", "a structured type");
    }
    const std::string_view descr = quoted("a quoted type");
    constexpr std::pair<std::string_view, number_type> types[] = {
        {"f2", number_type::F16}, {"f4", number_type::F32}, {"f8", number_type::F64}, {"b1", number_type::BOOL},
        {"i1", number_type::I8},  {"i2", number_type::I16}, {"i4", number_type::I32}, {"i8", number_type::I64},
        {"u1", number_type::U8},  {"u2", number_type::U16}, {"u4", number_type::U32}, {"u8", number_type::U64}};
    const std::string_view order = "<>|=";
    for (const auto& [name, type] : types) {
      if (descr.size() != 3 || descr.substr(1) != name || order.find(descr[0]) == std::string_view::npos) continue;
      if (descr[0] == '|' && bits_of(type) != 8) break;
      layout.type = type;
      layout.big_endian = descr[0] == '>' && bits_of(type) != 8;
      return;
    }
    fail(place, "a type f2 f4 f8 b1 i1 i2 i4 i8 u1 u2 u4 u8 with < > = or |",
         "'" + printable(descr, 40) + "'" +
             (descr.find('O') != std::string_view::npos ? " (objects are pickles, which are never read)" : ""));
  }
  [[nodiscard]] bool read_truth() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    fail(at_, "True or False", here());
  }
  void read_shape(npy_layout& layout) {
    take('(', "'(' of the shape");
    bool comma = true;
    while (!found(')')) {
      if (!comma) fail(at_, "',' or ')' in the shape", here());
      skip_space();
      const std::size_t place = at_;
      index extent = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
        if (extent > (INT64_MAX - 9) / 10) fail(place, "a size below 2^63", "a larger one");
        extent = extent * 10 + (text_[at_] - '0');
      }
      if (at_ == place) fail(at_, "a size", here());
      if (layout.shape.size() == 64) fail(place, "at most 64 dimensions", "more");
      layout.shape.push_back(extent);
      comma = found(',');
    }
    if (layout.shape.size() == 1 && !comma) fail(at_ - 1, "(n,) for one dimension", "a number in parentheses");
  }

  std::string_view text_;
  const std::string& file_;
  std::uint64_t begin_;
  std::size_t at_ = 0;
};

/// Reads and checks the header of a whole `.npy` file: magic, version 1, 2 or 3, header length, its text, and that the
/// shape takes exactly the bytes left. Throws `file_error` at the byte of the fault.
[[nodiscard]] inline npy_layout read_npy_layout(std::span<const std::byte> bytes, const std::string& file,
                                                trailing_bytes extra = trailing_bytes::refuse) {
  const auto fail = [&file](std::uint64_t at, std::string_view expected, std::string_view got) {
    throw file_error(file, file_error::position::byte(at), "npy", expected, got);
  };
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("\x93NUMPY")) fail(0, "the magic \\x93NUMPY", bytes.empty() ? "an empty file" : "other bytes");
  if (bytes.size() < 10) fail(bytes.size(), "a header", "the end of the file");
  const auto version = std::to_integer<unsigned>(bytes[6]);
  if (version < 1 || version > 3) fail(6, "version 1, 2 or 3", std::to_string(version));
  const std::size_t prefix = version == 1 ? 10 : 12;
  if (bytes.size() < prefix) fail(bytes.size(), "a header", "the end of the file");
  std::uint64_t length = 0;
  for (std::size_t i = prefix; i-- > 8;) length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  if (length > npy_layout::most_header_bytes) fail(8, "a header of at most 1048576 bytes", std::to_string(length));
  if (length > bytes.size() - prefix) {
    fail(8, "a header within the file", std::to_string(length) + " bytes of " + std::to_string(bytes.size() - prefix));
  }
  npy_layout layout;
  layout.data = prefix + length;
  const std::string header(text.substr(prefix, length));
  npy_header_reader(header, file, prefix).read(layout);
  std::uint64_t bits = 0;
  if (!checked_bits(layout.shape, bits_of(layout.type), bits)) {
    fail(prefix, "a size below 2^63 bits", to_string(layout.shape));
  }
  const std::uint64_t left = bytes.size() - layout.data;
  if (bits / 8 > left || (bits / 8 != left && extra == trailing_bytes::refuse)) {
    fail(layout.data,
         std::to_string(bits / 8) + " bytes of " + std::string(name_of(layout.type)) + " " + to_string(layout.shape),
         std::to_string(left));
  }
  return layout;
}

/// A mapped `.npy` file. All checks are made on opening.
///
///   const auto embeddings = cot::io::npy_file("embeddings.npy").matrix<float>();
class npy_file {
 public:
  explicit npy_file(std::string path, trailing_bytes extra = trailing_bytes::refuse)
      : map_(std::move(path)), layout_(read_npy_layout(map_.bytes(), map_.path(), extra)) {}

  [[nodiscard]] const std::string& path() const noexcept { return map_.path(); }
  [[nodiscard]] const npy_layout& layout() const noexcept { return layout_; }
  [[nodiscard]] const std::vector<index>& shape() const noexcept { return layout_.shape; }
  [[nodiscard]] number_type type() const noexcept { return layout_.type; }

  /// All numbers in row-major order, whatever the file's, converted as `convert_numbers` does. Throws `file_error`
  /// for real numbers asked for as integers and for integers out of range.
  template <class T>
  [[nodiscard]] std::vector<T> read() const {
    if (!convertible<T>(layout_.type)) {
      throw file_error(path(), file_error::position::byte(layout_.data), "npy", "integers", name_of(layout_.type));
    }
    const auto count = static_cast<std::size_t>(layout_.size());
    const std::size_t width = bits_of(layout_.type) / 8;
    const std::byte* from = map_.bytes().data() + layout_.data;
    std::vector<T> values(count);
    std::size_t fitting = 0;
    if (!layout_.big_endian && (!layout_.fortran_order || layout_.shape.size() < 2)) {
      fitting = convert_numbers<T>(layout_.type, from, values);
    } else {
      const std::vector<std::byte> native = reordered(from, count, width);
      fitting = convert_numbers<T>(layout_.type, native.data(), values);
    }
    if (fitting != count) {
      throw file_error(path(), file_error::position::byte(layout_.data), "npy", "integers within range",
                       "item " + std::to_string(fitting) + " beyond it");
    }
    return values;
  }

  /// A matrix [rows, width]. Throws where the array has another rank.
  template <class T>
  [[nodiscard]] host_matrix<T> matrix() const {
    if (layout_.shape.size() != 2) {
      throw file_error(path(), file_error::position::byte(10), "npy", "a matrix", "shape " + to_string(layout_.shape));
    }
    host_matrix<T> made;
    made.values = read<T>();
    made.width = layout_.shape[1];
    return made;
  }

 private:
  /// Row-major little-endian bytes of an array in another order.
  [[nodiscard]] std::vector<std::byte> reordered(const std::byte* from, std::size_t count, std::size_t width) const {
    std::vector<std::byte> out(count * width);
    const std::size_t rank = layout_.shape.size();
    std::vector<std::size_t> place(rank, 0), stride(rank, 1);
    const bool transposed = layout_.fortran_order;
    for (std::size_t i = 1; i < rank; ++i) {
      const std::size_t to = transposed ? i : rank - 1 - i, near = transposed ? i - 1 : rank - i;
      stride[to] = stride[near] * static_cast<std::size_t>(layout_.shape[near]);
    }
    for (std::size_t n = 0; n < count; ++n) {
      std::size_t source = 0;
      for (std::size_t i = 0; i < rank; ++i) source += place[i] * stride[i];
      std::byte* to = out.data() + n * width;
      std::memcpy(to, from + source * width, width);
      if (layout_.big_endian) std::reverse(to, to + width);
      for (std::size_t i = rank; i-- > 0;) {
        if (++place[i] < static_cast<std::size_t>(layout_.shape[i])) break;
        place[i] = 0;
      }
    }
    return out;
  }

  mapped_file map_;
  npy_layout layout_;
};

}  // namespace cot::io
