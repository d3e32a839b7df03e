#pragma once
// A file read whole into memory.

#include <cotangent/core/error.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace cot::io {

/// All bytes of a file of at most `most_bytes`. Throws `file_error` that says why it could not be read.
[[nodiscard]] inline std::string read_file(const std::string& path, std::uint64_t most_bytes = 1U << 30) {
  struct stream {
    std::FILE* file;
    ~stream() {
      if (file != nullptr) std::fclose(file);
    }
  };
  const stream input{std::fopen(path.c_str(), "rb")};
  if (input.file == nullptr)
    throw file_error(path, file_error::position::none(), "cannot open", {}, std::strerror(errno));
  std::string bytes;
  std::size_t got = 0;
  do {
    constexpr std::size_t block = std::size_t{1} << 18;
    const std::size_t size = bytes.size();
    if (size > most_bytes) {
      throw file_error(path, file_error::position::byte(most_bytes), "cannot read",
                       "at most " + std::to_string(most_bytes) + " bytes", "more");
    }
    bytes.resize(size + block);
    got = std::fread(bytes.data() + size, 1, block, input.file);
    bytes.resize(size + got);
  } while (got != 0);
  if (std::ferror(input.file) != 0) {
    throw file_error(path, file_error::position::byte(bytes.size()), "cannot read", {}, std::strerror(errno));
  }
  return bytes;
}

}  // namespace cot::io
