#pragma once
// A file mapped into memory, read only.

#include <cotangent/core/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cot::io {

/// Owns a private read-only map of a regular file. Move-only. An empty file maps to no bytes.
///
/// Another process that shortens the file under the map makes reads beyond its new end fail with SIGBUS; files that
/// this library writes are replaced by renaming, never shortened. Check what you read once and do not read it again.
class mapped_file {
 public:
  mapped_file() = default;
  /// Throws `file_error` where the file cannot be opened, is not a regular file, or cannot be mapped.
  explicit mapped_file(std::string path) : path_(std::move(path)) {
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail("cannot open", {}, std::strerror(errno));
    struct ::stat status{};
    if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(file);
      fail("cannot map", "a regular file", S_ISDIR(status.st_mode) ? "a folder" : "something else");
    }
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ > 0) {
      void* const map = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
      const int reason = errno;
      ::close(file);
      if (map == MAP_FAILED) fail("cannot map", {}, std::strerror(reason));
      data_ = static_cast<const std::byte*>(map);
    } else {
      ::close(file);
    }
  }
  mapped_file(mapped_file&& other) noexcept
      : path_(std::move(other.path_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~mapped_file() {
    if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  [[noreturn]] void fail(std::string_view what, std::string_view expected, std::string_view got) const {
    throw file_error(path_, file_error::position::none(), what, expected, got);
  }

  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cot::io
