#pragma once
// The header of a safetensors file, checked before one byte of a tensor is believed.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/json_field.hpp>
#include <cotangent/io/lfs_pointer.hpp>
#include <cotangent/io/number_type.hpp>
#include <cotangent/io/utf8.hpp>

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

/// One tensor of a file: row-major, little-endian, at bytes [begin, end) of the file.
struct tensor_entry {
  std::string name;
  number_type type = number_type::F32;
  std::vector<index> shape;  // empty: one number
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] index size() const {
    index n = 1;
    for (const index extent : shape) n *= extent;
    return n;
  }
};

/// "[512, 384]", for messages.
[[nodiscard]] inline std::string to_string(const std::vector<index>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i != 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

/// The product of an item's bits and the sizes in their order; false where it leaves 63 bits on the way.
[[nodiscard]] inline bool checked_bits(const std::vector<index>& shape, unsigned bits_each, std::uint64_t& bits) {
  bits = bits_each;
  for (const index extent : shape) {
    const auto factor = static_cast<std::uint64_t>(extent);
    if (extent < 0 || (extent > 0 && bits > std::uint64_t{0x7FFF'FFFF'FFFF'FFFF} / factor)) return false;
    bits *= factor;
  }
  return true;
}

enum class trailing_bytes { refuse, allow };

/// What a safetensors header says.
struct safetensors_layout {
  static constexpr std::uint64_t most_header_bytes = 100'000'000;

  std::vector<tensor_entry> tensors;                          // in the order of their bytes
  std::vector<std::pair<std::string, std::string>> metadata;  // `__metadata__`, in the file's order
  std::uint64_t extra_bytes = 0;                              // after the last tensor, where they are allowed
};

/// Reads and checks the header of a whole file's `bytes`; `file` names it in errors.
///
/// The checks of the format's own reader in its order: sizes of header and file, UTF-8, JSON, the three keys of every
/// entry, string metadata, no hole and no overlap, products without overflow, whole bytes, sizes that agree with the
/// shape, nothing after the last tensor. Stricter than it: repeated keys, leading space, empty names and names
/// with a NUL are refused. Throws `file_error` at the byte of the fault.
[[nodiscard]] inline safetensors_layout read_safetensors_layout(std::span<const std::byte> bytes,
                                                                const std::string& file,
                                                                trailing_bytes extra = trailing_bytes::refuse) {
  const auto fail = [&file](std::uint64_t at, std::string_view what, std::string_view expected, std::string_view got) {
    throw file_error(file, file_error::position::byte(at), what, expected, got);
  };
  refuse_lfs_pointer({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
  if (bytes.size() < 8) fail(bytes.size(), "safetensors header", "8 bytes of its size", std::to_string(bytes.size()));
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), 8);
  if (header_bytes > safetensors_layout::most_header_bytes) {
    fail(0, "safetensors header size", "at most 100000000 bytes", std::to_string(header_bytes));
  }
  if (header_bytes > bytes.size() - 8) {
    fail(0, "safetensors header size", "at most the " + std::to_string(bytes.size() - 8) + " bytes that follow",
         std::to_string(header_bytes));
  }
  // One copy, so that a file that changes under its map cannot pass the checks with one header and be used with
  // another.
  const std::string header(reinterpret_cast<const char*>(bytes.data()) + 8, header_bytes);
  if (const std::size_t valid = first_invalid_utf8(header); valid != header.size()) {
    fail(8 + valid, "safetensors header", "UTF-8", "an ill-formed byte");
  }
  if (!header.starts_with('{')) fail(8, "safetensors header", "'{' first", header.empty() ? "nothing" : "another byte");

  safetensors_layout layout;
  const json_source source{.name = file, .depth = 8, .first_byte = 8, .most_values = header_bytes / 8 + 16};
  const json document = parse_json(header, source);
  const json_field root(document, file);
  std::vector<std::uint64_t> places;
  for (const auto& [name, value] : document.members()) {
    const json_field entry = root.at(name);
    if (name == "__metadata__") {
      if (!value.is_object()) entry.fail("an object of strings");
      for (const auto& [key, text] : value.members()) layout.metadata.emplace_back(key, entry.get<std::string>(key));
      continue;
    }
    if (name.empty() || name.find('\0') != std::string::npos) {
      fail(value.offset(), "safetensors tensor name", "a name without NUL", name.empty() ? "an empty one" : "NUL");
    }
    if (!value.is_object() || value.size() != 3) entry.fail("an object of dtype, shape and data_offsets");
    tensor_entry tensor{.name = name, .shape = {}};
    const json_field dtype = entry.at("dtype");
    const auto type = number_type_named(dtype.as<std::string_view>());
    if (!type) dtype.fail("a number type of safetensors");
    tensor.type = *type;
    const json_field shape = entry.at("shape");
    if (!shape.value().is_array()) shape.fail("an array of sizes");
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const json_field extent = shape.at(i);
      if (extent.as<index>() < 0) extent.fail("a non-negative integer");
      tensor.shape.push_back(extent.as<index>());
    }
    const json_field offsets = entry.at("data_offsets");
    if (!offsets.value().is_array() || offsets.size() != 2) offsets.fail("an array of two integers");
    tensor.begin = offsets.at(std::size_t{0}).as<std::uint64_t>();
    tensor.end = offsets.at(std::size_t{1}).as<std::uint64_t>();
    layout.tensors.push_back(std::move(tensor));
  }

  std::sort(layout.tensors.begin(), layout.tensors.end(), [](const tensor_entry& a, const tensor_entry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end != b.end ? a.end < b.end : a.name < b.name;
  });
  const std::uint64_t data = 8 + header_bytes;
  std::uint64_t end = 0;
  for (tensor_entry& tensor : layout.tensors) {
    const auto refuse = [&](std::string_view what, std::string_view expected, std::string_view got) {
      fail(document.at(tensor.name).offset(), "tensor \"" + printable(tensor.name) + "\", " + std::string(what),
           expected, got);
    };
    if (tensor.begin != end) {
      refuse("data_offsets", "to begin at " + std::to_string(end) + ", where the last tensor ended",
             std::to_string(tensor.begin) + (tensor.begin < end ? " (an overlap)" : " (a hole)"));
    }
    if (tensor.end < tensor.begin) refuse("data_offsets", "an end after the begin", std::to_string(tensor.end));
    std::uint64_t bits = 0;
    if (!checked_bits(tensor.shape, bits_of(tensor.type), bits)) {
      refuse("shape", "a size below 2^63 bits", to_string(tensor.shape));
    }
    if (bits % 8 != 0) refuse("shape", "a whole number of bytes", std::to_string(bits) + " bits");
    if (tensor.end - tensor.begin != bits / 8) {
      refuse(
          "data_offsets",
          std::to_string(bits / 8) + " bytes of " + std::string(name_of(tensor.type)) + " " + to_string(tensor.shape),
          std::to_string(tensor.end - tensor.begin));
    }
    end = tensor.end;
    // Beyond the file's end the sum may overflow: checked first.
    if (end > bytes.size() - data) {
      refuse("data_offsets", "an end within the " + std::to_string(bytes.size() - data) + " bytes of data",
             std::to_string(end) + " (the file is cut short)");
    }
    tensor.begin += data;
    tensor.end += data;
  }
  layout.extra_bytes = bytes.size() - data - end;
  if (layout.extra_bytes != 0 && extra == trailing_bytes::refuse) {
    fail(data + end, "safetensors data", "the end of the file after the last tensor",
         std::to_string(layout.extra_bytes) + " more bytes");
  }
  return layout;
}

}  // namespace cot::io
