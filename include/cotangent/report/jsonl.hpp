#pragma once
// `jsonl_log`: a log with one JSON object a line, whole after every line, and cut back to a step when a run resumes.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/read_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cot::report {

/// Each call of `write` puts one line and hands it to the system, so that a killed run loses at most the line it was
/// in. Numbers carry all their digits; NaN and infinities become null.
class jsonl_log {
 public:
  enum class open { fresh, append };

  explicit jsonl_log(std::string path, open how = open::fresh)
      : path_(std::move(path)), file_(std::fopen(path_.c_str(), how == open::fresh ? "wb" : "ab")) {
    if (!file_)
      throw file_error(path_, file_error::position::none(), "cannot open log", "a writable file", std::strerror(errno));
  }

  void write(const io::json& event) {
    const std::string line = io::json_text(event, {.spaced = true, .null_for_nan = true}) + '\n';
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() || std::fflush(file_.get()) != 0)
      throw file_error(path_, file_error::position::none(), "cannot write log", "room on the disk",
                       std::strerror(errno));
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, close> file_;
};

/// Cuts a log before its first line that is torn (a run was killed in it) or belongs to a step after `step`. A log that
/// does not exist is left so. Returns the number of lines kept.
inline index cut_log(const std::string& path, index step) {
  if (!std::filesystem::exists(path)) return 0;
  const std::string text = io::read_file(path);
  std::size_t kept = 0;
  index lines = 0;
  while (kept < text.size()) {
    const std::size_t end = text.find('\n', kept);
    if (end == std::string::npos) break;
    try {
      const io::json event = io::parse_json(std::string_view(text).substr(kept, end - kept));
      if (!event.is_object() || event.value_or("step", index{0}) > step) break;
    } catch (const error&) {
      break;
    }
    kept = end + 1;
    ++lines;
  }
  std::filesystem::resize_file(path, kept);
  return lines;
}

}  // namespace cot::report
