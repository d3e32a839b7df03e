#pragma once
// Exceptions of the library. Each message names the operation or file, what was expected, and what came.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace cot {

/// Base of every exception that the library throws.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The one sentence form of all messages: "WHERE: WHAT: expected EXPECTED, got GOT". Empty parts are left out; where
/// nothing was expected, GOT is a reason and stands alone: "sentences.txt: cannot open: No such file or directory".
[[nodiscard]] inline std::string error_text(std::string_view where, std::string_view what, std::string_view expected,
                                            std::string_view got) {
  std::string text(where);
  const auto append = [&text](std::string_view separator, std::string_view part) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  append(": ", what);
  if (!expected.empty()) append(": ", "expected " + std::string(expected));
  if (!got.empty()) append(expected.empty() ? ": " : ", got ", got);
  return text;
}

/// Shapes that do not fit an operation: "matmul: inner sizes differ: expected [64, 384], got [64, 300]".
class shape_error : public error {
 public:
  shape_error(std::string_view operation, std::string_view what, std::string_view expected, std::string_view got)
      : error(error_text(operation, what, expected, got)) {}
};

/// An option outside its domain: "info_nce: temperature: expected a positive number, got 0".
class option_error : public error {
 public:
  option_error(std::string_view owner, std::string_view option, std::string_view expected, std::string_view got)
      : error(error_text(owner, option, expected, got)) {}
};

/// Input or output that failed: "WHAT at FILE:LINE: expected ..., got ..." or "WHAT at FILE (byte N): ..."; of a file
/// as a whole, "FILE: WHAT: expected ..., got ...".
class file_error : public error {
 public:
  /// Where in a file something is wrong. Lines count from 1, bytes from 0.
  struct position {
    enum class kind { none, line, byte } unit = kind::none;
    std::uint64_t value = 0;
    static position none() { return {}; }
    static position line(std::uint64_t n) { return {kind::line, n}; }
    static position byte(std::uint64_t n) { return {kind::byte, n}; }
  };

  file_error(std::string path, position at, std::string_view what, std::string_view expected = {},
             std::string_view got = {})
      : error(at.unit == position::kind::none
                  ? error_text(path, what, expected, got)
                  : error_text(std::string(what) + " at " + path + describe(at), {}, expected, got)),
        path_(std::move(path)),
        at_(at) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] position at() const noexcept { return at_; }

 private:
  static std::string describe(position at) {
    switch (at.unit) {
      case position::kind::line: return ":" + std::to_string(at.value);
      case position::kind::byte: return " (byte " + std::to_string(at.value) + ")";
      case position::kind::none: break;
    }
    return {};
  }
  std::string path_;
  position at_;
};

/// A device that is absent, out of memory, or lacks what was asked for.
class device_error : public error {
 public:
  device_error(std::string_view operation, std::string_view what, std::string_view expected = {},
               std::string_view got = {})
      : error(error_text(operation, what, expected, got)) {}
};

/// Work stopped by the user's signal, after its state was saved.
class interrupted : public error {
 public:
  using error::error;
};

}  // namespace cot
