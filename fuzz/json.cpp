// Any bytes: the JSON reader either refuses them with a place inside them, or what it read survives its own writing.
#include <cotangent/io/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const cot::io::json value = cot::io::parse_json(text);
    const std::string line = cot::io::json_text(value);
    if (!(cot::io::parse_json(line) == value)) std::abort();
    if (cot::io::json_text(cot::io::parse_json(cot::io::json_text(value, {.indent = 2}))) != line) std::abort();
  } catch (const cot::file_error& refusal) {
    if (refusal.at().value > size) std::abort();
  }
  return 0;
}
