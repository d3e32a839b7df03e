#pragma once
// A peer in another process that works for each line it is sent (often just "go") and answers with milliseconds, so
// that both sides can be measured in turn.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace bench {

class peer_process {
 public:
  explicit peer_process(const std::string& command) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("peer: no pipe");
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int fd : {to[0], to[1], from[0], from[1]}) close(fd);
      execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    in_ = fdopen(to[1], "w");
    out_ = fdopen(from[0], "r");
    while (read() != "ready") {}
  }
  peer_process(const peer_process&) = delete;
  peer_process& operator=(const peer_process&) = delete;
  ~peer_process() {
    std::fclose(in_);
    std::fclose(out_);
    waitpid(child_, nullptr, 0);
  }

  /// Runs one unit; its milliseconds.
  double go() { return ask("go").front(); }

  /// The numbers that it answers to a line.
  std::vector<double> ask(const std::string& line) {
    std::fputs((line + "\n").c_str(), in_);
    std::fflush(in_);
    const std::string answer = read();
    std::vector<double> numbers;
    const char* at = answer.c_str();
    for (char* end = nullptr;; at = end) {
      const double x = std::strtod(at, &end);
      if (end == at) break;
      numbers.push_back(x);
    }
    if (numbers.empty()) throw std::runtime_error("peer: expected numbers, got " + answer);
    return numbers;
  }

 private:
  std::string read() {
    char line[256];
    if (std::fgets(line, sizeof line, out_) == nullptr) throw std::runtime_error("peer: it ended");
    std::string text(line);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
  }
  pid_t child_ = -1;
  std::FILE* in_ = nullptr;
  std::FILE* out_ = nullptr;
};

}  // namespace bench
