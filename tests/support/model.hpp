#pragma once
// Where the tests find a real checkpoint: the folder of all-MiniLM-L6-v2. It is not part of the project.

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace cot::test {

/// $COTANGENT_MINILM, which ctest sets to what CMake found. Empty where there is none; the test then says so:
///
///   const auto folder = cot::test::minilm();
///   if (!folder) {
///     MESSAGE("skipped: no all-MiniLM-L6-v2 (set COTANGENT_MINILM)");
///     return;
///   }
inline std::optional<std::filesystem::path> minilm() {
  const char* chosen = std::getenv("COTANGENT_MINILM");
  if (chosen == nullptr || *chosen == '\0') return std::nullopt;
  const std::filesystem::path folder = chosen;
  if (!std::filesystem::exists(folder / "model.safetensors")) return std::nullopt;
  return folder;
}

}  // namespace cot::test
