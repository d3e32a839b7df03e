#pragma once
// Sizes of tensors: `index`, the signed integer of all sizes and offsets, and `shape<Rank>`.

#include <cotangent/core/annotation.hpp>

#include <cstdint>
#include <string>

namespace cot {

/// Signed, so that differences and reversed loops need no care.
using index = std::int64_t;

/// Sizes of a tensor of static rank, outermost first: shape<2>{rows, columns}. Usable in device code.
template <int Rank>
struct shape {
  static_assert(Rank >= 0 && Rank <= 4, "cot::shape: ranks 0 to 4 are supported");
  index extent[Rank == 0 ? 1u : static_cast<unsigned>(Rank)] = {};

  [[nodiscard]] COT_FN constexpr index operator[](int i) const { return extent[i]; }
  [[nodiscard]] COT_FN constexpr index& operator[](int i) { return extent[i]; }

  /// Number of elements; 1 for a scalar.
  [[nodiscard]] COT_FN constexpr index size() const {
    index n = 1;
    for (int i = 0; i < Rank; ++i) n *= extent[i];
    return n;
  }
  [[nodiscard]] COT_FN constexpr bool operator==(const shape& other) const {
    for (int i = 0; i < Rank; ++i)
      if (extent[i] != other.extent[i]) return false;
    return true;
  }
};

/// "[64, 384]", for messages.
template <int Rank>
[[nodiscard]] std::string to_string(const shape<Rank>& s) {
  std::string text = "[";
  for (int i = 0; i < Rank; ++i) text += (i ? ", " : "") + std::to_string(s[i]);
  return text + "]";
}

}  // namespace cot
