#pragma once
// A file that appears whole or not at all.

#include <cotangent/core/error.hpp>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cot::io {

/// The folder of a path, "." where it names none.
[[nodiscard]] inline std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Makes names in a folder durable; silent where the file system does not support it.
inline void synchronise_folder(const std::string& folder) noexcept {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// "FOLDER/.NAME.PID-N.part": a name beside `path` that this process has not used yet.
[[nodiscard]] inline std::string name_beside(const std::string& path) {
  static std::atomic<std::uint64_t> count{0};
  const std::size_t slash = path.find_last_of('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return folder_of(path) + "/." + name + "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".part";
}

/// Writes beside its path; `commit` synchronises and renames. Without a commit (an exception on the way) the partial
/// file is removed and what was at the path stays. Readers that have mapped the old file keep it. Move is not needed.
///
///   cot::io::atomic_file file("scores.json");
///   file.write(text);
///   file.commit();
class atomic_file {
 public:
  /// Throws `file_error` where no file can be made beside `path`, or where `path` is a folder.
  explicit atomic_file(std::string path) : path_(std::move(path)) {
    struct ::stat status{};
    if (path_.empty() || path_.back() == '/' || (::stat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode))) {
      throw file_error(path_, file_error::position::none(), "cannot write", "the name of a file", "a folder");
    }
    do {
      partial_ = name_beside(path_);
      descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ < 0) fail("cannot create a file");
  }
  atomic_file(const atomic_file&) = delete;
  atomic_file& operator=(const atomic_file&) = delete;
  ~atomic_file() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(partial_.c_str());
  }

  /// Appends.
  void write(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > most_buffered) flush();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.size() > most_buffered) {
      put(text, written_);
    } else {
      buffer_ += text;
    }
    written_ += bytes.size();
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

  /// Replaces bytes that were written before: a header whose counts are known at the end.
  void overwrite(std::uint64_t offset, std::string_view text) {
    if (offset + text.size() > written_) {
      throw file_error(path_, file_error::position::byte(offset), "cannot overwrite", "bytes already written",
                       "an offset beyond them");
    }
    flush();
    put(text, offset);
  }

  /// Bytes written so far.
  [[nodiscard]] std::uint64_t size() const noexcept { return written_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Publishes the file under its path. Nothing may be written afterwards.
  void commit() {
    flush();
    if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("cannot synchronise");
    if (std::rename(partial_.c_str(), path_.c_str()) != 0) fail("cannot rename the finished file");
    ::close(std::exchange(descriptor_, -1));
    synchronise_folder(folder_of(path_));
  }

 private:
  static constexpr std::size_t most_buffered = std::size_t{1} << 18;

  [[noreturn]] void fail(std::string_view what) const {
    throw file_error(path_, file_error::position::none(), what, {}, std::strerror(errno));
  }
  void flush() {
    put(buffer_, written_ - buffer_.size());
    buffer_.clear();
  }
  void put(std::string_view text, std::uint64_t offset) {
    while (!text.empty()) {
      const auto done = ::pwrite(descriptor_, text.data(), text.size(), static_cast<::off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) fail("cannot write");
      text.remove_prefix(static_cast<std::size_t>(done));
      offset += static_cast<std::uint64_t>(done);
    }
  }

  std::string path_;
  std::string partial_;
  std::string buffer_;
  std::uint64_t written_ = 0;
  int descriptor_ = -1;
};

/// A whole file at once.
inline void write_file(const std::string& path, std::string_view text) {
  atomic_file file(path);
  file.write(text);
  file.commit();
}

}  // namespace cot::io
