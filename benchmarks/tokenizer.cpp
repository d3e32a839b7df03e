// Tokens a second of one thread: tokenizer FOLDER TEXT. The time is the thread's own CPU time, best of several rounds.

#include <cotangent/data/lines.hpp>
#include <cotangent/text/load_tokenizer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

namespace {

double seconds() {
  std::timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: tokenizer FOLDER TEXT\n", stderr);
    return 2;
  }
  try {
    const double begin = seconds();
    const auto tokenizer = cot::text::load_tokenizer(arguments[1]);
    const double loaded = seconds() - begin;
    const std::vector<std::string> lines = cot::data::lines(arguments[2], cot::data::empty_lines::skip);
    std::size_t bytes = 0;
    for (const std::string& line : lines) bytes += line.size();
    cot::text::tokenizer::workspace space;
    std::vector<std::int32_t> ids;
    double best = HUGE_VAL;
    for (int round = 0; round < 20; ++round) {
      ids.clear();
      const double start = seconds();
      for (const std::string& line : lines) tokenizer.encode(line, 1 << 20, space, ids);
      best = std::min(best, seconds() - start);
    }
    const auto tokens = static_cast<double>(ids.size());
    std::printf("loaded in %.0f ms; %zu lines, %zu bytes, %.0f tokens: %.2f M tokens/s, %.0f MB/s, %.0f ns a token\n",
                1e3 * loaded, lines.size(), bytes, tokens, 1e-6 * tokens / best,
                1e-6 * static_cast<double>(bytes) / best, 1e9 * best / tokens);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "tokenizer: error: %s\n", e.what());
    return 1;
  }
}
