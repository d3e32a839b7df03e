#pragma once
// STS files by the names under which they are reported.

#include <cotangent/core/error.hpp>
#include <cotangent/eval/evaluate.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace programs {

/// Reads the files; a set is named after its file's stem, with the folder's name in front where stems are equal.
inline std::vector<cot::eval::sts_set> read_sts_sets(const std::vector<std::string>& files) {
  const auto stem = [](std::filesystem::path p) {
    if (p.extension() == ".gz") p = p.stem();
    return p.stem().string();
  };
  std::map<std::string, int> seen;
  for (const auto& f : files) ++seen[stem(f)];
  std::vector<cot::eval::sts_set> sets;
  for (const auto& f : files) {
    std::string name = stem(f);
    if (seen[name] > 1) name = std::filesystem::absolute(f).parent_path().filename().string() + "/" + name;
    for (const auto& other : sets)
      if (other.name == name) throw cot::option_error("sts", "file", "each file once", f);
    sets.push_back({name, cot::data::read_sts_pairs(f)});
  }
  return sets;
}

}  // namespace programs
