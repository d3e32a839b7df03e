#pragma once
// `progress`: one line on a terminal that says how far a piece of work is.

#include <cotangent/report/format.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace cot::report {

/// Whether people read this stream.
[[nodiscard]] inline bool is_terminal(std::FILE* stream) {
#if defined(__unix__) || defined(__APPLE__)
  return stream != nullptr && isatty(fileno(stream)) == 1;
#else
  return static_cast<void>(stream), false;
#endif
}

/// The line itself: "embed  ████████▌░░░░░░░  53 %  12.3k tokens/s  0:41 left". Unknown parts are left out.
[[nodiscard]] inline std::string progress_line(std::string_view label, double share, double tokens_per_second,
                                               double seconds_left) {
  constexpr int width = 24;
  constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  share = share > 0 ? std::min(share, 1.0) : 0.0;
  const int filled = static_cast<int>(std::floor(share * width * 8));
  std::string line(label);
  if (!line.empty()) line += "  ";
  for (int i = 0; i < filled / 8; ++i) line += "█";
  line += eighths[filled % 8];
  for (int i = (filled + 7) / 8; i < width; ++i) line += "░";
  line += "  " + fixed(std::floor(share * 100), 0) + " %";
  if (tokens_per_second > 0) line += "  " + with_unit(tokens_per_second) + " tokens/s";
  if (seconds_left >= 0) line += "  " + duration(seconds_left) + " left";
  return line;
}

/// Redraws at most ten times a second, and erases its line when it goes. Silent when `quiet`, or when the stream is not
/// a terminal: then every call returns at once.
class progress {
 public:
  struct options {
    std::string label = {};
    double total = 0;    ///< amount of work, in any unit
    double resumed = 0;  ///< how much of it was done before this run
    bool quiet = false;
    std::FILE* stream = stderr;
  };

  explicit progress(options o) : options_(std::move(o)), shown_(!options_.quiet && is_terminal(options_.stream)) {}
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { clear(); }

  /// `done` of the total so far, and the tokens that went with it (0: not counted).
  void update(double done, double tokens = 0) {
    if (!shown_) return;
    const auto now = clock::now();
    if (drawn_ && now - last_ < std::chrono::milliseconds(100) && done < options_.total) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double share = options_.total > 0 ? done / options_.total : 0;
    const double fresh = done - options_.resumed;
    const double left = fresh > 0 && seconds > 0.5 ? seconds * std::max(options_.total - done, 0.0) / fresh : -1;
    const std::string line = progress_line(options_.label, share, seconds > 0 ? tokens / seconds : 0, left);
    std::fprintf(options_.stream, "\r\x1b[2K%s", line.c_str());
    std::fflush(options_.stream);
    drawn_ = true;
  }

  /// Takes the line away, so that other text can be written; the next update draws it again.
  void clear() {
    if (!drawn_) return;
    std::fputs("\r\x1b[2K", options_.stream);
    std::fflush(options_.stream);
    drawn_ = false;
  }

 private:
  using clock = std::chrono::steady_clock;
  options options_;
  bool shown_;
  bool drawn_ = false;
  clock::time_point start_ = clock::now();
  clock::time_point last_{};
};

}  // namespace cot::report
