#pragma once
// The library's headers as text.

#include "support/data.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace cot::test {

struct header {
  std::string name;  ///< below include/cotangent: "core/view.hpp"
  std::vector<std::string> lines;
};

/// All of them, by name.
inline std::vector<header> headers() {
  const std::filesystem::path root = source_folder() / "include" / "cotangent";
  std::vector<header> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cuh") continue;
    header h{entry.path().lexically_relative(root).generic_string(), {}};
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) h.lines.push_back(line);
    found.push_back(std::move(h));
  }
  std::sort(found.begin(), found.end(), [](const header& a, const header& b) { return a.name < b.name; });
  return found;
}

}  // namespace cot::test
