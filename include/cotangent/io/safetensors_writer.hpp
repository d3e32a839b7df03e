#pragma once
// Writes safetensors files, byte for byte as the format's own writer does.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/json_value.hpp>
#include <cotangent/io/json_writer.hpp>
#include <cotangent/io/number_type.hpp>
#include <cotangent/io/safetensors_layout.hpp>
#include <cotangent/io/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// A tensor to write: name, type, shape and its row-major little-endian bytes, which must live until it is written.
struct tensor_source {
  std::string name;
  number_type type = number_type::F32;
  std::vector<index> shape;
  std::span<const std::byte> bytes;

  template <class T>
  [[nodiscard]] static tensor_source of(std::string name, std::vector<index> shape, std::span<const T> values) {
    return {std::move(name), number_type_of<T>(), std::move(shape), std::as_bytes(values)};
  }
};

/// How tensors are written.
struct safetensors_options {
  std::map<std::string, std::string> metadata{{"format", "pt"}};  // transformers 4 refuses files without it
  bool allow_non_finite = false;                                  // NaN and infinities in floating-point tensors
};

/// The place of the first NaN or infinity among numbers of a floating type, or their count.
[[nodiscard]] inline std::size_t first_non_finite(number_type type, std::span<const std::byte> bytes) {
  const auto scan = [bytes](auto word, auto exponent) {
    using word_type = decltype(word);
    const std::size_t n = bytes.size() / sizeof word;
    for (std::size_t i = 0; i < n; ++i) {
      std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
      if ((word & static_cast<word_type>(exponent)) == static_cast<word_type>(exponent)) return i;
    }
    return n;
  };
  switch (type) {
    case number_type::F64: return scan(std::uint64_t{}, std::uint64_t{0x7FF0'0000'0000'0000});
    case number_type::F32: return scan(std::uint32_t{}, std::uint32_t{0x7F80'0000});
    case number_type::BF16: return scan(std::uint16_t{}, std::uint16_t{0x7F80});
    case number_type::F16: return scan(std::uint16_t{}, std::uint16_t{0x7C00});
    default: return bytes.size() * 8 / bits_of(type);
  }
}

/// Writes `path` whole or not at all. The tensors are ordered by type, widest first, then by name; the header is
/// padded with spaces to a multiple of 8 bytes; the same tensors give the same bytes.
/// Throws `file_error` naming the tensor for a repeated, empty or reserved name, a size that disagrees with the shape,
/// a NaN or infinity (unless allowed), a header above 100,000,000 bytes, and for what the file system refuses.
inline void write_safetensors(const std::string& path, std::span<const tensor_source> tensors,
                              const safetensors_options& options = {}) {
  const auto refuse = [&path](const tensor_source& tensor, std::string_view expected, std::string_view got) {
    throw file_error(path, file_error::position::none(), "cannot write tensor \"" + printable(tensor.name) + "\"",
                     expected, got);
  };
  std::vector<const tensor_source*> order;
  for (const tensor_source& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const tensor_source* a, const tensor_source* b) {
    return a->type != b->type ? a->type > b->type : a->name < b->name;
  });
  json_object::storage header;
  if (!options.metadata.empty()) {
    json metadata{json::object()};
    for (const auto& [key, value] : options.metadata) metadata[key] = value;
    header.push_back({"__metadata__", std::move(metadata)});
  }
  std::uint64_t end = 0;
  for (const tensor_source* tensor : order) {
    if (tensor->name.empty() || tensor->name == "__metadata__" || tensor->name.find('\0') != std::string::npos ||
        first_invalid_utf8(tensor->name) != tensor->name.size()) {
      refuse(*tensor, "a name of UTF-8 without NUL", "an empty, reserved or ill-formed one");
    }
    std::uint64_t bits = 0;
    if (!checked_bits(tensor->shape, bits_of(tensor->type), bits) || bits % 8 != 0 ||
        bits / 8 != tensor->bytes.size()) {
      refuse(*tensor, "the bytes of " + std::string(name_of(tensor->type)) + " " + to_string(tensor->shape),
             std::to_string(tensor->bytes.size()));
    }
    if (!options.allow_non_finite) {
      const std::size_t place = first_non_finite(tensor->type, tensor->bytes);
      if (place != tensor->bytes.size() * 8 / bits_of(tensor->type)) {
        refuse(*tensor, "finite numbers", "NaN or infinity at item " + std::to_string(place));
      }
    }
    const std::uint64_t begin = end;
    end += tensor->bytes.size();
    json entry{json::object()};
    entry["dtype"] = name_of(tensor->type);
    entry["shape"] = json(tensor->shape);
    entry["data_offsets"] = json::list({begin, end});
    header.push_back({tensor->name, std::move(entry)});
  }
  json_object members(std::move(header));
  if (const auto* again = members.duplicate()) {
    throw file_error(path, file_error::position::none(), "cannot write tensor \"" + printable(again->key) + "\"",
                     "names that differ", "it twice");
  }
  std::string text = json_text(json(std::move(members)));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > safetensors_layout::most_header_bytes) {
    throw file_error(path, file_error::position::none(), "cannot write the safetensors header",
                     "at most 100000000 bytes", std::to_string(text.size()));
  }
  atomic_file file(path);
  const std::uint64_t size = text.size();
  file.write(std::as_bytes(std::span(&size, 1)));
  file.write(text);
  for (const tensor_source* tensor : order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace cot::io
