#pragma once
// Where the tests find a real checkpoint: the folder of all-MiniLM-L6-v2. It is not part of the project.

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace cot::test {

/// $COTANGENT_MINILM, else what CMake found when it configured. Empty where there is none; the test then says so:
///
///   const auto folder = cot::test::minilm();
///   if (!folder) {
///     MESSAGE("skipped: no all-MiniLM-L6-v2 (set COTANGENT_MINILM)");
///     return;
///   }
inline std::optional<std::filesystem::path> minilm() {
  std::filesystem::path folder;
  if (const char* chosen = std::getenv("COTANGENT_MINILM"); chosen != nullptr && *chosen != '\0') folder = chosen;
#if defined(COTANGENT_MINILM_FOLDER)
  else
    folder = COTANGENT_MINILM_FOLDER;
#endif
  if (folder.empty() || !std::filesystem::exists(folder / "model.safetensors")) return std::nullopt;
  return folder;
}

}  // namespace cot::test
