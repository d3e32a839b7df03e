#pragma once
// The tests of attention for one element type: cpu at every instruction set of this machine against serial, with and
// without products of pairs of bfloat16; a NaN.

#include "attention_support.hpp"

#include <cotangent/backend/cpu/attention.hpp>
#include <cotangent/backend/serial/attention.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>

namespace attention_support {

/// Calls f(isa, pairs) for all that this machine can do with T.
template <class T, class F>
void at_every_level(const F& f) {
  for (int level = 0; level <= static_cast<int>(cot::detect_isa()); ++level)
    for (const bool pairs : {false, true}) {
      const auto isa = static_cast<cot::isa>(level);
      if (pairs && (isa < cot::isa::avx512bf16 || !std::is_same_v<T, cot::bfloat16>)) continue;
      CAPTURE(cot::to_string(isa));
      CAPTURE(pairs);
      f(isa, pairs);
    }
}

template <class T>
void check_parity(double tolerance) {
  const std::vector<index> lengths = {1, 2, 0, 15, 16, 17, 31, 33, 63, 65, 100};
  const auto check = [&](const problem<T>& p, const std::string& what, double slack = 1) {
    cot::serial reference;
    const answer<T> expected = solve<T>(reference, p);
    at_every_level<T>([&](cot::isa isa, bool pairs) {
      cot::cpu one({.threads = 1, .level = isa, .fast_bf16 = pairs}),
          two({.threads = 2, .level = isa, .fast_bf16 = pairs});
      const answer<T> got = solve<T>(one, p);
      CAPTURE(what);
      CHECK(distance(got, expected) < slack * tolerance);
      CHECK(got == solve<T>(two, p));
    });
  };
  for (const index width : {32, 64}) check(problem<T>(lengths, 3, 3, width), "width " + std::to_string(width));
  check(problem<T>({5, 70, 16}, 2, 2, 20), "a width that fills no register");
  check(problem<T>({5, 70, 16}, 1, 1, 1), "a width of one");
  check(problem<T>({9, 33}, 2, 2, 37), "an odd width");
  check(problem<T>({9, 130, 16}, 6, 2, 32), "grouped keys");
  check(problem<T>({255, 3, 513}, 1, 1, 32), "long sentences");
  problem<T> p(lengths, 4, 2, 32);
  p.layout.causal = true;
  check(p, "causal");
  p.layout.dropout = 0.25;
  p.layout.at = {3, cot::random_site::hash("attention"), 11};
  p.layout.first_row = 1000;
  check(p, "causal with dropout");
  p.layout.causal = false;
  check(p, "dropout");
  problem<T> far({40, 17}, 2, 2, 32);  // saturated: many weights underflow to zero
  far.layout.scale = 25;
  check(far, "large scores", 10);  // rounding of scores near 1000 is an error of their weights
}

/// A NaN in the query of token 25 reaches what depends on it, and nothing else.
template <class T>
void check_nan(T nan) {
  problem<T> clean({20, 17, 9}, 1, 1, 32), spoilt = clean;
  const index stride = clean.projection_stride(), out_stride = clean.out_stride();
  spoilt.projection[static_cast<std::size_t>(25 * stride)] = nan;
  at_every_level<T>([&](cot::isa isa, bool pairs) {
    cot::cpu device({.level = isa, .fast_bf16 = pairs});
    const answer<T> expected = solve<T>(device, clean), got = solve<T>(device, spoilt);
    const auto same = [](const std::vector<T>& x, const std::vector<T>& y, index from, index to) {
      return std::memcmp(x.data() + from, y.data() + from, static_cast<std::size_t>(to - from) * sizeof(T)) == 0;
    };
    CHECK(same(got.out, expected.out, 0, 25 * out_stride));
    CHECK(same(got.out, expected.out, 26 * out_stride, 46 * out_stride));
    CHECK(same(got.gradient, expected.gradient, 0, 20 * stride));
    CHECK(same(got.gradient, expected.gradient, 37 * stride, 46 * stride));
    const auto is_nan = [](const std::vector<T>& x, index at) {
      return std::isnan(static_cast<double>(x[static_cast<std::size_t>(at)]));
    };
    CHECK(is_nan(got.out, 25 * out_stride));
    CHECK(is_nan(got.gradient, 25 * stride));             // of the query itself
    CHECK(is_nan(got.gradient, 20 * stride + 32));        // of every key of its sentence
    CHECK(is_nan(got.gradient, 36 * stride + 64));        // and every value
    CHECK_FALSE(is_nan(got.gradient, 24 * stride + 31));  // of no other query
  });
}

}  // namespace attention_support
