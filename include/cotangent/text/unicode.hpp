#pragma once
// What the tokenizers know about characters: properties, lower case, canonical decomposition. The tables are measured,
// see scripts/unicode_tables.py: they are those of the Rust crate `tokenizers`, not of one version of Unicode.

#include <cotangent/text/unicode/combining.hpp>
#include <cotangent/text/unicode/decomposition.hpp>
#include <cotangent/text/unicode/lowercase.hpp>
#include <cotangent/text/unicode/properties.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace cot::text::unicode {

/// The set of `property` bits of a code point:
///   control          what clean_text removes: Cc, Cf, Co of Unicode 8.0 but tab and line ends; U+0000 and U+FFFD
///   white_space      White_Space, which is also \s
///   punctuation      ASCII punctuation and P* of Unicode 8.0
///   nonspacing_mark  Mn of Unicode 8.0, what BertNormalizer strips; mark: M*, what StripAccents strips
///   letter, number   \p{L}, \p{N};  word: \w
///   decomposes, has_lower, combines: NFD changes it, lower case changes it, its combining class is not 0
[[nodiscard]] inline unsigned properties(char32_t point) {
  const std::size_t branch = property_root[point >> 9] * std::size_t{16} + (point >> 5 & 15);
  const char leaf = property_leaves[property_branches[branch] * std::size_t{32} + (point & 31)];
  return property_sets[leaf - '0'];
}

/// Calls f with each character of the lower case (without context: a capital sigma becomes a medial one).
template <class F>
void lower(char32_t point, F&& f) {
  if (point == 0x130) {
    f(char32_t{'i'});
    f(char32_t{0x307});
    return;
  }
  const auto run = std::partition_point(std::begin(case_runs), std::end(case_runs),
                                        [=](const case_run& r) { return r.last < point; });
  const bool inside = run != std::end(case_runs) && point >= run->first && (point - run->first) % run->step == 0;
  f(inside ? static_cast<char32_t>(static_cast<std::int32_t>(point) + run->delta) : point);
}

/// 0 to 254: marks of different class commute, and NFD sorts them.
[[nodiscard]] inline unsigned combining_class(char32_t point) {
  const auto run = std::partition_point(std::begin(combining_runs), std::end(combining_runs),
                                        [=](const combining_run& r) { return r.last < point; });
  return run != std::end(combining_runs) && point >= run->first ? run->combining_class : 0;
}

/// Calls f with each character of the full canonical decomposition. Hangul by arithmetic (Unicode, section 3.12).
template <class F>
void decompose(char32_t point, F&& f) {
  if (point >= 0xAC00 && point <= 0xD7A3) {
    const char32_t syllable = point - 0xAC00;
    f(0x1100 + syllable / 588);
    f(0x1161 + syllable % 588 / 28);
    if (syllable % 28 != 0) f(0x11A7 + syllable % 28);
    return;
  }
  const auto key = std::lower_bound(std::begin(decomposition_keys), std::end(decomposition_keys), point);
  if (key == std::end(decomposition_keys) || *key != point) {
    f(point);
    return;
  }
  const auto entry = key - std::begin(decomposition_keys);
  for (std::size_t i = decomposition_offsets[entry]; i < decomposition_offsets[entry + 1]; ++i)
    f(char32_t{decomposition_pool[i]});
}

}  // namespace cot::text::unicode
