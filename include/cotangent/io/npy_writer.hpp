#pragma once
// Writes NumPy's `.npy`, at once or row by row without knowing the number of rows.

#include <cotangent/core/bfloat16.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/number_type.hpp>
#include <cotangent/io/safetensors_layout.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// The bytes before the data, as NumPy writes them: version 1, or 2 above 65535 bytes, with room for a first size of
/// 21 digits and the data at a multiple of 64. bfloat16 has no NumPy type: its bits are written as '<u2'.
[[nodiscard]] inline std::string npy_header(number_type type, const std::vector<index>& shape) {
  const auto descr = [type]() -> std::string_view {
    switch (type) {
      case number_type::BOOL: return "|b1";
      case number_type::I8: return "|i1";
      case number_type::U8: return "|u1";
      case number_type::I16: return "<i2";
      case number_type::U16:
      case number_type::BF16: return "<u2";
      case number_type::F16: return "<f2";
      case number_type::I32: return "<i4";
      case number_type::U32: return "<u4";
      case number_type::F32: return "<f4";
      case number_type::I64: return "<i8";
      case number_type::U64: return "<u8";
      case number_type::F64: return "<f8";
      default: throw option_error("npy", "type", "a type that NumPy has", name_of(type));
    }
  }();
  std::string sizes;
  for (const index extent : shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(extent);
  if (shape.size() == 1) sizes += ',';
  std::string text = "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  constexpr std::size_t most_digits = 21;
  if (!shape.empty()) text.append(most_digits - std::to_string(shape.front()).size(), ' ');
  const auto padding = [&text](std::size_t prefix) { return 64 - (prefix + text.size() + 1) % 64; };
  const bool is_long = text.size() + padding(10) + 1 > 0xFFFF;
  const std::size_t prefix = is_long ? 12 : 10;
  text.append(padding(prefix), ' ');
  text += '\n';
  std::string header = std::string("\x93NUMPY") + (is_long ? '\2' : '\1') + '\0';
  for (std::size_t i = 0; i < prefix - 8; ++i) header += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  return header + text;
}

/// Writes a whole array [shape], row-major. Throws `file_error` where the count disagrees with the shape.
template <class T>
void write_npy(const std::string& path, const std::vector<index>& shape, std::span<const T> values) {
  std::uint64_t bits = 0;
  if (!checked_bits(shape, sizeof(T) * 8, bits) || bits / 8 != values.size_bytes()) {
    throw file_error(path, file_error::position::none(), "cannot write npy", "the numbers of shape " + to_string(shape),
                     std::to_string(values.size()));
  }
  atomic_file file(path);
  file.write(npy_header(number_type_of<T>(), shape));
  file.write(std::as_bytes(values));
  file.commit();
}

/// Writes a matrix [rows, width] row by row in constant memory; the number of rows enters the header on `commit`.
/// Numbers are stored as F32, F16, BF16 (bits, as '<u2') or F64, rounded to nearest. Without a commit nothing is left.
class npy_rows {
 public:
  npy_rows(std::string path, index width, number_type type = number_type::F32)
      : file_(std::move(path)), width_(width), type_(type) {
    const bool real =
        type == number_type::F32 || type == number_type::F16 || type == number_type::BF16 || type == number_type::F64;
    if (!real) throw option_error("npy", "type", "F32, F16, BF16 or F64", name_of(type));
    if (width < 0) throw option_error("npy", "width", "a non-negative number", std::to_string(width));
    header_bytes_ = npy_header(type_, {0, width_}).size();
    file_.write(npy_header(type_, {0, width_}));
  }

  /// Appends rows: `values` holds a whole number of them.
  void append(std::span<const float> values) {
    const auto width = static_cast<std::size_t>(width_);
    if (width == 0 ? !values.empty() : values.size() % width != 0) {
      throw shape_error("npy_rows", "append", "rows of " + std::to_string(width_), std::to_string(values.size()));
    }
    if (width != 0) rows_ += static_cast<index>(values.size() / width);
    switch (type_) {
      case number_type::F32: file_.write(std::as_bytes(values)); break;
      case number_type::F64: put(values, [](float value) { return double{value}; }); break;
      case number_type::F16: put(values, half_from_float); break;
      default: put(values, [](float value) { return bfloat16(value).bits; }); break;
    }
  }
  [[nodiscard]] index rows() const noexcept { return rows_; }

  void commit() {
    const std::string header = npy_header(type_, {rows_, width_});
    if (header.size() != header_bytes_) {
      throw file_error(file_.path(), file_error::position::byte(0), "cannot write npy", "a row count of 21 digits",
                       "more");
    }
    file_.overwrite(0, header);
    file_.commit();
  }

 private:
  template <class Convert>
  void put(std::span<const float> values, Convert convert) {
    std::vector<decltype(convert(0.0F))> block;
    while (!values.empty()) {
      const auto part = values.first(std::min<std::size_t>(values.size(), 4096));
      block.clear();
      for (const float value : part) block.push_back(convert(value));
      file_.write(std::as_bytes(std::span(block)));
      values = values.subspan(part.size());
    }
  }

  atomic_file file_;
  index width_;
  number_type type_;
  index rows_ = 0;
  std::size_t header_bytes_ = 0;
};

}  // namespace cot::io
