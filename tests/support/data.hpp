#pragma once
// Where the tests find real data: sentences, scores, tokenizers, small models. It is not part of the project.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cot::test {

/// The root of the project's sources: the folder above the running program, or above the current one, that holds
/// include/cotangent. (No path is compiled in, so that a compiler cache serves every clone.)
inline std::filesystem::path source_folder() {
  std::error_code ignored;
  for (const auto& start :
       {std::filesystem::read_symlink("/proc/self/exe", ignored), std::filesystem::current_path() / "."})
    for (auto folder = start.parent_path(); folder != folder.root_path() && !folder.empty();
         folder = folder.parent_path())
      if (std::filesystem::exists(folder / "include" / "cotangent")) return folder;
  throw std::runtime_error("source_folder: run this from within the project's sources");
}

/// A file or folder of the data: below $COTANGENT_DATA if that is set, else below ../shared/data beside the sources.
/// Empty where it is absent; the test then says so:
///
///   const auto file = cot::test::data("sts/STSB-test.tsv");
///   if (!file) {
///     MESSAGE("skipped: no sts/STSB-test.tsv");
///     return;
///   }
inline std::optional<std::filesystem::path> data(const std::string& name = {}) {
  const char* folder = std::getenv("COTANGENT_DATA");
  std::filesystem::path path = folder != nullptr && *folder != '\0' ? std::filesystem::path(folder)
                                                                    : source_folder().parent_path() / "shared" / "data";
  if (!name.empty()) path /= name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

/// A committed file of golden values, tests/golden/NAME.
inline std::filesystem::path golden(const std::string& name) { return source_folder() / "tests" / "golden" / name; }

}  // namespace cot::test
