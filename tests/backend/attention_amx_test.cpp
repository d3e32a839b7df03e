// Attention in bfloat16 by products on tiles, the tiles being emulated: everything around the five instructions runs
// wherever AVX-512 is. Hardware tiles are tested by attention_bfloat16_test.cpp where a machine has them.

#include "attention_parity.hpp"
#include "support/emulated_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#if defined(__x86_64__)

namespace {

using attention_support::problem;
using cot::bfloat16;
using level = cot::cpu_attention::amx_level<cot::test::emulated_tiles>;

/// The backend cpu, its attention on emulated tiles.
struct tiled_cpu {
  cot::cpu device;
  explicit tiled_cpu(int threads) : device({.threads = threads}) {}

  friend void attention(tiled_cpu& on, const cot::attention_problem<bfloat16>& p) {
    cot::cpu_attention::attend<level>(on.device, p);
  }
  friend void attention_pullback(tiled_cpu& on, const cot::attention_pullback_problem<bfloat16>& p) {
    cot::cpu_attention::pull_back<level>(on.device, p);
  }
};

bool runs() {
  if (cot::detect_isa() >= cot::isa::avx512) return true;
  MESSAGE("skipped: no AVX-512 for what is not a tile");
  return false;
}

}  // namespace

TEST_CASE("attention on emulated tiles: cpu agrees with serial, one thread with two") {
  if (!runs()) return;
  tiled_cpu one(1), two(2);
  attention_support::over_problems<bfloat16>([&](const problem<bfloat16>& p, const std::string& what, double slack) {
    CAPTURE(what);
    attention_support::check_agreement(one, two, p, slack * 1e-2);
  });
}

TEST_CASE("attention on emulated tiles: lengths and widths about the edges of tiles") {
  if (!runs()) return;
  tiled_cpu one(1), two(2);
  for (const cot::index width : {16, 31, 48, 64, 80, 96, 128}) {
    CAPTURE(width);
    attention_support::check_agreement(one, two, problem<bfloat16>({1, 2, 17, 31, 33, 47, 49, 100}, 1, 1, width), 1e-2);
  }
  problem<bfloat16> p({255, 512}, 2, 1, 32);
  p.layout.causal = true;
  attention_support::check_agreement(one, two, p, 1e-2);
}

TEST_CASE("attention on emulated tiles: the error is that of two roundings") {
  if (!runs()) return;
  tiled_cpu device(1);
  attention_support::over_rounded_problems([&](const problem<bfloat16>& p) {
    for (const double error : attention_support::relative_errors(device, p)) CHECK(error < 0.0026);
  });
}

TEST_CASE("attention on emulated tiles: a NaN spoils what depends on it and no more") {
  if (!runs()) return;
  tiled_cpu device(1);
  attention_support::check_nan_on(device, bfloat16::from_bits(0x7fc0));
  attention_support::check_nan_on(device, bfloat16::from_bits(0xffff));
}

TEST_CASE("attention on emulated tiles: a sentence of nothing but NaN leaves its neighbours their bits") {
  if (!runs()) return;
  tiled_cpu device(1);
  const problem<bfloat16> clean({20, 17, 9}, 2, 1, 32);
  problem<bfloat16> spoilt = clean;
  const cot::index columns = clean.projection_stride();
  std::fill_n(spoilt.projection.begin() + 20 * columns, 17 * columns, bfloat16::from_bits(0x7fc0));
  const auto expected = attention_support::solve<bfloat16>(device, clean);
  auto got = attention_support::solve<bfloat16>(device, spoilt);
  CHECK(std::isnan(static_cast<float>(got.gradient[static_cast<std::size_t>(20 * columns)])));
  const auto restore = [](auto& x, const auto& from, cot::index stride) {
    std::copy_n(from.begin() + 20 * stride, 17 * stride, x.begin() + 20 * stride);
  };
  restore(got.out, expected.out, clean.out_stride());
  restore(got.gradient, expected.gradient, columns);
  CHECK(std::memcmp(got.out.data(), expected.out.data(), got.out.size() * sizeof(bfloat16)) == 0);
  CHECK(std::memcmp(got.gradient.data(), expected.gradient.data(), got.gradient.size() * sizeof(bfloat16)) == 0);
}

TEST_CASE("attention on emulated tiles: what the scratch memory held before is nowhere in a result") {
  if (!runs()) return;
  constexpr std::size_t bytes = std::size_t{1} << 20;
  for (const cot::index length : {1, 5, 16, 17, 40, 50, 70}) {
    problem<bfloat16> p({length}, 2, 1, 40);
    CAPTURE(length);
    const auto after = [&](int byte) {
      tiled_cpu on(1);
      std::memset(on.device.scratch(bytes), byte, bytes);
      return attention_support::solve<bfloat16>(on, p);
    };
    CHECK(after(0xff) == after(0));
    p.layout.causal = true;
    p.layout.dropout = 0.5;
    CHECK(after(0xff) == after(0));
  }
}

#endif
