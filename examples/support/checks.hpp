#pragma once
// What an option's text must be, said in the words of the library's own errors.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

namespace programs {

/// A check that CLI11 makes on the text of an option: "--lr: expected a number of at least 0, got abc".
template <class Holds>
CLI::Validator expected(const std::string& what, Holds holds) {
  return CLI::Validator(
      [what, holds](std::string& text) { return holds(text) ? "" : "expected " + what + ", got " + text; }, "");
}

/// Finite numbers for which `holds` is true.
template <class Number, class Holds>
CLI::Validator expected_number(const std::string& what, Holds holds) {
  return expected(what, [holds](const std::string& text) {
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size() && std::isfinite(static_cast<double>(value)) &&
           holds(value);
  });
}

inline CLI::Validator not_negative() {
  return expected_number<double>("a number of at least 0", [](double x) { return x >= 0; });
}
inline CLI::Validator positive() {
  return expected_number<double>("a number above 0", [](double x) { return x > 0; });
}
inline CLI::Validator share_below_one() {
  return expected_number<double>("a number of at least 0 and below 1", [](double x) { return x >= 0 && x < 1; });
}
/// Whole numbers from `least` on, up to what an int holds.
inline CLI::Validator count_from(long long least) {
  return expected_number<long long>("a whole number of at least " + std::to_string(least), [least](long long n) {
    return n >= least && n <= std::numeric_limits<int>::max();
  });
}
inline CLI::Validator count_between(long long least, long long most) {
  return expected_number<long long>("a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                                    [least, most](long long n) { return n >= least && n <= most; });
}
inline CLI::Validator seed_number() { return count_between(0, std::numeric_limits<unsigned>::max()); }

/// One of these words: "cpu, serial or cuda".
inline CLI::Validator one_of(std::initializer_list<const char*> names) {
  const std::vector<std::string> known(names.begin(), names.end());
  std::string list;
  for (std::size_t i = 0; i < known.size(); ++i)
    list += (i == 0 ? "" : i + 1 == known.size() ? " or " : ", ") + known[i];
  return expected(
      list, [known](const std::string& text) { return std::find(known.begin(), known.end(), text) != known.end(); });
}

}  // namespace programs
