#pragma once
// The tests of attention for one element type: cpu at every instruction set of this machine against serial, with and
// without products of pairs of bfloat16; a NaN; the errors of bfloat16.

#include "attention_support.hpp"

#include <cotangent/backend/cpu/attention.hpp>
#include <cotangent/backend/serial/attention.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

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

/// Calls f(problem, what it is, slack) for problems of all kinds; errors may be `slack` times as large.
template <class T, class F>
void over_problems(const F& f) {
  const std::vector<index> lengths = {1, 2, 0, 15, 16, 17, 31, 33, 63, 65, 100};
  for (const index width : {32, 64}) f(problem<T>(lengths, 3, 3, width), "width " + std::to_string(width), 1);
  f(problem<T>({5, 70, 16}, 2, 2, 20), "a width that fills no register", 1);
  f(problem<T>({5, 70, 16}, 1, 1, 1), "a width of one", 1);
  f(problem<T>({9, 33}, 2, 2, 37), "an odd width", 1);
  f(problem<T>({9, 130, 16}, 6, 2, 32), "grouped keys", 1);
  f(problem<T>({255, 3, 513}, 1, 1, 32), "long sentences", 1);
  problem<T> p(lengths, 4, 2, 32);
  p.layout.causal = true;
  f(p, "causal", 1);
  p.layout.dropout = 0.25;
  p.layout.at = {3, cot::random_site::hash("attention"), 11};
  p.layout.first_row = 1000;
  f(p, "causal with dropout", 1);
  p.layout.causal = false;
  f(p, "dropout", 1);
  problem<T> far({40, 17}, 2, 2, 32);  // saturated: many weights underflow to zero
  far.layout.scale = 25;
  f(far, "large scores", 10);  // rounding of scores near 1000 is an error of their weights
}

/// Both devices give what serial does, to rounding, and the same bits as each other.
template <class T, class B>
void check_agreement(B& one, B& two, const problem<T>& p, double tolerance) {
  cot::serial reference;
  const answer<T> got = solve<T>(one, p);
  CHECK(distance(got, solve<T>(reference, p)) < tolerance);
  CHECK(got == solve<T>(two, p));
}

template <class T>
void check_parity(double tolerance) {
  over_problems<T>([&](const problem<T>& p, const std::string& what, double slack) {
    at_every_level<T>([&](cot::isa isa, bool pairs) {
      cot::cpu one({.threads = 1, .level = isa, .fast_bf16 = pairs}),
          two({.threads = 2, .level = isa, .fast_bf16 = pairs});
      CAPTURE(what);
      check_agreement(one, two, p, slack * tolerance);
    });
  });
}

/// A NaN in the query of token 25 reaches what depends on it, and nothing else.
template <class T, class B>
void check_nan_on(B& device, T nan) {
  problem<T> clean({20, 17, 9}, 1, 1, 32), spoilt = clean;
  const index stride = clean.projection_stride(), out_stride = clean.out_stride();
  spoilt.projection[static_cast<std::size_t>(25 * stride)] = nan;
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
}

template <class T>
void check_nan(T nan) {
  at_every_level<T>([&](cot::isa isa, bool pairs) {
    cot::cpu device({.level = isa, .fast_bf16 = pairs});
    check_nan_on(device, nan);
  });
}

/// Root mean square of the difference over that of the reference, in the columns [from, to) of rows of `stride`.
inline double relative_error(const std::vector<cot::bfloat16>& x, const std::vector<double>& reference, index stride,
                             index from, index to) {
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const index column = static_cast<index>(i) % stride;
    if (column < from || column >= to) continue;
    error += (static_cast<double>(x[i]) - reference[i]) * (static_cast<double>(x[i]) - reference[i]);
    norm += reference[i] * reference[i];
  }
  return std::sqrt(error / norm);
}

/// The errors of out, dq, dk and dv on a device, against the same problem in double.
template <class B>
std::vector<double> relative_errors(B& device, const problem<cot::bfloat16>& p) {
  cot::serial reference;
  const answer<double> expected = solve<double>(reference, p.converted<double>());
  const answer<cot::bfloat16> got = solve<cot::bfloat16>(device, p);
  const index queries = p.layout.heads * p.layout.width, keys = p.layout.kv_heads * p.layout.width;
  const auto of_gradient = [&](index from, index columns) {
    return relative_error(got.gradient, expected.gradient, p.projection_stride(), from, from + columns);
  };
  return {relative_error(got.out, expected.out, p.out_stride(), 0, queries), of_gradient(0, queries),
          of_gradient(queries, keys), of_gradient(queries + keys, keys)};
}

/// Calls f(problem) for those that the errors of bfloat16 are measured by.
template <class F>
void over_rounded_problems(const F& f) {
  for (const double scale : {0.2, 2.0})
    for (const double dropout : {0.0, 0.25}) {
      problem<cot::bfloat16> p({130, 201}, 2, 2, 32);
      p.layout.scale = scale;
      p.layout.dropout = dropout;
      p.layout.at = {3, cot::random_site::hash("attention"), 11};
      CAPTURE(scale);
      CAPTURE(dropout);
      f(p);
    }
}

}  // namespace attention_support
