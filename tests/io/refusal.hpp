#pragma once
// What the malformed inputs of these tests must bring: a `file_error` at the right place with the right words.

#include <cotangent/core/error.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

namespace cot::test {

constexpr std::uint64_t any_place = ~std::uint64_t{0};

/// Checks that `action` throws a `file_error` whose message names `file` and each of `words`, and whose byte is `byte`.
inline void check_refused(std::string_view name, const std::function<void()>& action, std::string_view file,
                          std::uint64_t byte, std::initializer_list<std::string_view> words) {
  INFO("case: ", std::string(name));
  try {
    action();
    FAIL_CHECK("not refused");
  } catch (const file_error& refusal) {
    const std::string message = refusal.what();
    INFO("message: ", message);
    CHECK(message.find(file) != std::string::npos);
    for (const std::string_view word : words) {
      INFO("word: ", std::string(word));
      CHECK(message.find(word) != std::string::npos);
    }
    if (byte != any_place) {
      CHECK(refusal.at().unit == file_error::position::kind::byte);
      CHECK(refusal.at().value == byte);
    }
  }
}

/// Files and folders below a folder, at any depth.
inline std::size_t entries_below(const std::filesystem::path& folder) {
  const auto range = std::filesystem::recursive_directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(range), end(range)));
}

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void put_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace cot::test
