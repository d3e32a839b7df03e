// The epilogue over every bfloat16: the instruction that rounds gives the bits of the rounding in packs, and GELU is
// the correctly rounded one but for ties that its error decides.
#include <cotangent/backend/cpu/gemm/epilogue.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using cot::activation, cot::bfloat16, cot::isa;

/// All of them, infinities and NaN too.
std::vector<bfloat16> every_number() {
  std::vector<bfloat16> x(65536);
  for (std::size_t i = 0; i < x.size(); ++i) x[i].bits = static_cast<std::uint16_t>(i);
  return x;
}

struct finished {
  std::vector<bfloat16> result, pre;
};

/// The epilogue of sums that are these numbers, or 1 where these are what the slope is taken of.
finished finish(isa level, activation act, bool by_slope, bool biased, const std::vector<bfloat16>& x) {
  const auto n = static_cast<cot::index>(x.size());
  const std::vector<float> sums = by_slope ? std::vector<float>(x.size(), 1) : std::vector<float>(x.begin(), x.end());
  const std::vector<float> bias(x.size(), 0.37f);
  finished y{std::vector<bfloat16>(x.size()), std::vector<bfloat16>(x.size())};
  cot::epilogue<bfloat16, float> e;
  e.act = act;
  e.pre = y.pre.data();
  if (biased) e.bias = bias.data();
  if (by_slope) e.slope_of = x.data();
  cot::detail::finish(level, e, sums.data(), n, y.result.data(), n, 0, 0, 1, n);
  return y;
}

/// Not zero, and at most the smallest normal number, to which smaller ones may have been rounded.
bool tiny(bfloat16 x) { return (x.bits & 0x7fff) != 0 && (x.bits & 0x7fff) <= 0x80; }

/// Numbers that have not the same bits; which of the NaN a NaN is does not count.
int differing(const std::vector<bfloat16>& a, const std::vector<bfloat16>& b) {
  const auto is_nan = [](bfloat16 x) { return (x.bits & 0x7fff) > 0x7f80; };
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i].bits != b[i].bits && !(is_nan(a[i]) && is_nan(b[i]));
  return count;
}

double gelu(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double gelu_slope(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0)) + x * std::exp(-0.5 * x * x) / std::sqrt(2 * 3.14159265358979323846);
}

}  // namespace

TEST_CASE("gemm: the epilogue rounds to bfloat16 by the instruction for it as packs do") {
  if (cot::detect_isa() < isa::avx512bf16) {
    MESSAGE("skipped: no AVX512-BF16");
    return;
  }
  for (const activation act : {activation::none, activation::gelu, activation::silu})
    for (const bool by_slope : {false, true})
      for (const bool biased : {false, true})
        for (const std::size_t size : {std::size_t{65536}, std::size_t{16389}}) {  // the second ends within a vector
          std::vector<bfloat16> x = every_number();
          x.resize(size);
          const finished wide = finish(isa::avx512, act, by_slope, biased, x),
                         fast = finish(isa::avx512bf16, act, by_slope, biased, x);
          CHECK(differing(wide.result, fast.result) == 0);
          CHECK(differing(wide.pre, fast.pre) == 0);
        }
}

TEST_CASE("gemm: GELU and its slope in bfloat16 are the correctly rounded ones but for ties") {
  const std::vector<bfloat16> x = every_number();
  for (const isa level : {isa::portable, isa::avx2, isa::avx512, isa::avx512bf16}) {
    if (level > cot::detect_isa()) continue;
    CAPTURE(to_string(level));
    for (const bool by_slope : {false, true}) {
      const finished y = finish(level, activation::gelu, by_slope, false, x);
      int different = 0, wrong = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = static_cast<double>(static_cast<float>(x[i]));
        if (std::isnan(at)) {
          wrong += !std::isnan(static_cast<float>(y.result[i]));
          continue;
        }
        if (std::isinf(at) || (at < -13.2 && at > -14)) continue;  // where the tail ends
        const bfloat16 expected(static_cast<float>(by_slope ? gelu_slope(at) : gelu(at)));
        if (tiny(expected) || static_cast<float>(y.result[i]) == static_cast<float>(expected)) continue;
        ++different;
        wrong += std::abs(y.result[i].bits - expected.bits) > 1;
      }
      CHECK(wrong == 0);
      CHECK(different <= 2);
    }
  }
}
