#pragma once
// A fingerprint of files, to notice that an input changed between a run and its resumption.

#include <cotangent/io/mapped_file.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cot::io {

/// FNV-1a over 64-bit words (the last one padded with zeros) and the length, as 16 hexadecimal digits. It tells
/// accidents, not attackers. A folder counts with the names and contents of the files directly in it.
[[nodiscard]] inline std::string file_hash(const std::string& path) {
  std::uint64_t h = 14695981039346656037u;
  const auto mix = [&h](std::uint64_t word) { h = (h ^ word) * 1099511628211u; };
  const auto mix_bytes = [&](const std::byte* data, std::size_t size) {
    for (std::size_t at = 0; at < size; at += 8) {
      std::uint64_t word = 0;
      __builtin_memcpy(&word, data + at, std::min<std::size_t>(8, size - at));
      mix(word);
      h ^= h >> 29;
    }
    mix(size);
  };
  const auto mix_file = [&](const std::string& file) {
    const mapped_file map(file);
    mix_bytes(map.bytes().data(), map.bytes().size());
  };
  if (std::filesystem::is_directory(path)) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      mix_bytes(reinterpret_cast<const std::byte*>(name.data()), name.size());
      mix_file(path + "/" + name);
    }
  } else {
    mix_file(path);
  }
  char text[17] = "0000000000000000";
  char digits[16];
  const auto end = std::to_chars(digits, digits + 16, h, 16).ptr;
  std::copy(digits, end, text + 16 - (end - digits));
  return text;
}

}  // namespace cot::io
