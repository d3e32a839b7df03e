// Attention on cpu: what a sentence gets does not depend on the sentences beside it, not in its last bit.

#include "attention_support.hpp"

#include <cotangent/backend/cpu/attention.hpp>

#include <doctest/doctest.h>

namespace {

using attention_support::answer;
using attention_support::problem;
using attention_support::solve;

/// The rows of tokens [from, from + rows) of both outputs.
std::vector<float> rows(const problem<float>& p, const answer<float>& a, cot::index from, cot::index count) {
  const auto cut = [&](const std::vector<float>& x, cot::index stride) {
    return std::vector<float>(x.begin() + from * stride, x.begin() + (from + count) * stride);
  };
  std::vector<float> both = cut(a.out, p.out_stride()), gradient = cut(a.gradient, p.projection_stride());
  both.insert(both.end(), gradient.begin(), gradient.end());
  return both;
}

}  // namespace

TEST_CASE("attention: a sentence has the same bits alone and among others") {
  for (const cot::index length : {1, 7, 16, 21, 40, 90}) {
    problem<float> alone({length}, 2, 2, 32), among({13, length, 50}, 2, 2, 32, 99);
    std::copy(alone.projection.begin(), alone.projection.end(),
              among.projection.begin() + 13 * among.projection_stride());
    std::copy(alone.dout.begin(), alone.dout.end(), among.dout.begin() + 13 * among.out_stride());
    for (int level = 0; level <= static_cast<int>(cot::detect_isa()); ++level) {
      cot::cpu device({.level = static_cast<cot::isa>(level)});
      CAPTURE(length);
      CAPTURE(level);
      CHECK(rows(alone, solve<float>(device, alone), 0, length) ==
            rows(among, solve<float>(device, among), 13, length));
    }
  }
}
