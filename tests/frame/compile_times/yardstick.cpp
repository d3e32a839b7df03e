// What compile_times.sh compiles to learn how fast this machine compiles now. None of our headers: it must not become
// slower when they do.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

template <std::size_t I>
std::size_t sorted(std::vector<std::tuple<int, std::string, std::size_t>> rows) {
  std::map<std::size_t, std::function<bool(std::size_t)>> found;
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a < b || std::get<0>(a) < int{I}; });
  for (const auto& row : rows) found[std::get<2>(row) + I] = [row](std::size_t x) { return x == std::get<2>(row); };
  return found.size();
}

template <std::size_t... I>
std::size_t all(std::index_sequence<I...>) {
  return (sorted<I>({}) + ...);
}

}  // namespace

std::size_t yardstick(const std::string& text) {
  return all(std::make_index_sequence<3>{}) + (std::regex_match(text, std::regex("a+b")) ? 1 : 0);
}
