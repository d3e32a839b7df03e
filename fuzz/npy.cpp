// Any bytes as a .npy file: refused with a place inside them, or all of its numbers lie within them.
#include <cotangent/io/npy.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const auto layout = cot::io::read_npy_layout(bytes, "fuzz", cot::io::trailing_bytes::allow);
    std::vector<double> values(static_cast<std::size_t>(layout.size()));
    if (layout.data + values.size() * (cot::io::bits_of(layout.type) / 8) > size) std::abort();
    if (cot::io::convert_numbers<double>(layout.type, bytes.data() + layout.data, values) != values.size())
      std::abort();
  } catch (const cot::file_error& refusal) {
    if (refusal.at().value > size) std::abort();
  }
  return 0;
}
