// Any bytes as a safetensors file: refused with a place inside them, or every tensor can be read within bounds.
#include <cotangent/io/number_type.hpp>
#include <cotangent/io/safetensors_layout.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const auto layout = cot::io::read_safetensors_layout(bytes, "fuzz", cot::io::trailing_bytes::allow);
    std::uint64_t total = 8 + layout.extra_bytes;
    for (const auto& tensor : layout.tensors) {
      if (tensor.begin > tensor.end || tensor.end > size) std::abort();
      total += tensor.end - tensor.begin;
      if (!cot::io::convertible<float>(tensor.type)) continue;
      std::vector<float> values(static_cast<std::size_t>(tensor.size()));
      if (cot::io::convert_numbers<float>(tensor.type, bytes.data() + tensor.begin, values) != values.size())
        std::abort();
    }
    if (total > size) std::abort();
  } catch (const cot::file_error& refusal) {
    if (refusal.at().value > size) std::abort();
  }
  return 0;
}
