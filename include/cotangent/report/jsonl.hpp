#pragma once
// `jsonl_log`: a log with one JSON object a line, whole after every line.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/json.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
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

}  // namespace cot::report
