#pragma once
// `line_reader`: a text file, line by line, checked.

#include <cotangent/core/error.hpp>
#include <cotangent/text/utf8.hpp>

#if defined(COTANGENT_ZLIB) && __has_include(<zlib.h>)
#include <zlib.h>
#define COT_READS_GZIP 1
#endif

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cot::data {

/// What to do with empty lines and empty fields.
enum class empty_lines { refuse, skip };

namespace detail {

/// Calls that fill a buffer from a file, and close it.
using byte_source = std::function<std::size_t(char* to, std::size_t most)>;

[[nodiscard]] inline byte_source open_file(const std::string& path) {
  if (path == "-") return [](char* to, std::size_t most) { return std::fread(to, 1, most, stdin); };
  if (std::filesystem::is_directory(path))
    throw file_error(path, file_error::position::none(), "cannot read", "a file", "a folder");
  const std::shared_ptr<std::FILE> file(std::fopen(path.c_str(), "rb"),
                                        [](std::FILE* f) { return f ? std::fclose(f) : 0; });
  if (!file) throw file_error(path, file_error::position::none(), "cannot open", {}, std::strerror(errno));
  return [file, path](char* to, std::size_t most) {
    const std::size_t got = std::fread(to, 1, most, file.get());
    if (got == 0 && std::ferror(file.get()))
      throw file_error(path, file_error::position::none(), "cannot read", {}, std::strerror(errno));
    return got;
  };
}

[[nodiscard]] inline byte_source open_gzip(const std::string& path) {
#if defined(COT_READS_GZIP)
  const std::shared_ptr<gzFile_s> file(gzopen(path.c_str(), "rb"), [](gzFile f) { return f ? gzclose(f) : Z_OK; });
  if (!file) throw file_error(path, file_error::position::none(), "cannot open", {}, std::strerror(errno));
  return [file, path](char* to, std::size_t most) {
    const int got = gzread(file.get(), to, static_cast<unsigned>(most));
    int state = Z_OK;
    const char* reason = gzerror(file.get(), &state);
    if (got < 0 || (state != Z_OK && state != Z_STREAM_END))
      throw file_error(path, file_error::position::none(), "cannot read", "gzip data", reason);
    return static_cast<std::size_t>(got);
  };
#else
  throw file_error(path, file_error::position::none(), "cannot read", "a build with zlib (COTANGENT_ZLIB)",
                   "a .gz file");
#endif
}

}  // namespace detail

/// Lines of a UTF-8 file, of standard input ("-"), or of a .gz file where zlib is built in. A byte-order mark is
/// skipped, a line ends with \n or \r\n, the last end may be missing. A line that is not UTF-8, or is empty (unless
/// those are skipped), is a file_error with its number.
class line_reader {
 public:
  explicit line_reader(std::string path, empty_lines empty = empty_lines::refuse)
      : path_(std::move(path)),
        empty_(empty),
        source_(path_.ends_with(".gz") ? detail::open_gzip(path_) : detail::open_file(path_)) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Of the line that `next` gave last; the first is 1.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// The next line, valid until the next call; nothing at the end of the file.
  [[nodiscard]] std::optional<std::string_view> next() {
    while (auto line = raw()) {
      ++number_;
      if (number_ == 1 && line->starts_with("\xEF\xBB\xBF")) line->remove_prefix(3);
      if (line->ends_with('\r')) line->remove_suffix(1);
      if (const std::size_t bad = text::first_invalid_utf8(*line); bad != line->size())
        fail("text", "UTF-8",
             "byte " + std::to_string(static_cast<unsigned char>((*line)[bad])) + " in column " +
                 std::to_string(bad + 1));
      if (!line->empty()) return line;
      if (empty_ == empty_lines::refuse) fail("line", "text", "an empty line");
    }
    return std::nullopt;
  }

  /// Refuses the line that `next` gave last.
  [[noreturn]] void fail(std::string_view what, std::string_view expected, std::string_view got) const {
    throw file_error(path_, file_error::position::line(number_), what, expected, got);
  }

 private:
  static constexpr std::size_t block = std::size_t{1} << 16;

  [[nodiscard]] std::optional<std::string_view> raw() {
    std::size_t searched = at_;
    while (true) {
      if (const std::size_t end = buffer_.find('\n', searched); end != std::string::npos) {
        const std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
        at_ = end + 1;
        return line;
      }
      if (ended_) break;
      buffer_.erase(0, at_);
      at_ = 0;
      searched = buffer_.size();
      buffer_.resize(searched + block);
      const std::size_t got = source_(buffer_.data() + searched, block);
      buffer_.resize(searched + got);
      ended_ = got == 0;
    }
    if (at_ == buffer_.size()) return std::nullopt;
    const std::string_view line = std::string_view(buffer_).substr(at_);
    at_ = buffer_.size();
    return line;
  }

  std::string path_;
  empty_lines empty_;
  detail::byte_source source_;
  std::string buffer_;
  std::size_t at_ = 0;  // of the next line in the buffer
  bool ended_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace cot::data
