#pragma once
// Safetensors files, right and wrong, made by hand.

#include <cstddef>
#include <cstdint>
#include <string>

namespace cot::test {

inline std::string little_endian(std::uint64_t n) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(n >> (8 * i) & 0xFF);
  return bytes;
}

/// A header as it stands and `data` bytes 0, 1, 2 ...
inline std::string safetensors_bytes(const std::string& header, std::size_t data) {
  std::string bytes = little_endian(header.size()) + header;
  for (std::size_t i = 0; i < data; ++i) bytes += static_cast<char>(i & 0x7F);
  return bytes;
}

inline std::string two_tensors() {
  return safetensors_bytes(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                           R"("b":{"dtype":"I16","shape":[2,1],"data_offsets":[3,7]}})",
                           7);
}

}  // namespace cot::test
