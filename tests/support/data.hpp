#pragma once
// Where the tests find real data: sentences, scores, tokenizers, small models. It is not part of the project.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace cot::test {

/// The root of the project's sources.
inline std::filesystem::path source_folder() {
#if defined(COTANGENT_SOURCE_DIR)
  return COTANGENT_SOURCE_DIR;
#else
  return std::filesystem::current_path();
#endif
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
