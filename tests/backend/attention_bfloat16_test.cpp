// Attention in bfloat16: the two implementations of the contract agree at every instruction set and number of threads,
// and what is rounded is what the contract says.

#include "attention_parity.hpp"

#include <cmath>

namespace {

using attention_support::answer;
using attention_support::problem;
using attention_support::solve;

/// Root mean square of the difference over that of the reference, in the columns [from, to) of rows of `stride`.
double relative_error(const std::vector<cot::bfloat16>& x, const std::vector<double>& reference, cot::index stride,
                      cot::index from, cot::index to) {
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const cot::index column = static_cast<cot::index>(i) % stride;
    if (column < from || column >= to) continue;
    error += (static_cast<double>(x[i]) - reference[i]) * (static_cast<double>(x[i]) - reference[i]);
    norm += reference[i] * reference[i];
  }
  return std::sqrt(error / norm);
}

}  // namespace

TEST_CASE("attention in bfloat16: cpu agrees with serial, one thread with two") {
  attention_support::check_parity<cot::bfloat16>(1e-2);
}

TEST_CASE("attention in bfloat16: a NaN spoils what depends on it and no more") {
  attention_support::check_nan(cot::bfloat16::from_bits(0x7fc0));
  attention_support::check_nan(cot::bfloat16::from_bits(0xffff));
}

// One rounding to bfloat16 is a relative error of 0.0017, root mean square (2^-9 at most for a number just above a
// power of two, half of it just below the next). The result is rounded once. Products of pairs round the weights or
// their gradients besides, independently of it: 2^0.5 times as much, and not more, because scores, statistics and the
// means of the softmax's gradient are those of float.
TEST_CASE("attention in bfloat16: the error is that of one rounding, with products of pairs that of two") {
  for (const double scale : {0.2, 2.0})
    for (const double dropout : {0.0, 0.25}) {
      problem<cot::bfloat16> p({130, 201}, 2, 2, 32);
      p.layout.scale = scale;
      p.layout.dropout = dropout;
      p.layout.at = {3, cot::random_site::hash("attention"), 11};
      problem<double> exact({130, 201}, 2, 2, 32);
      exact.layout = p.layout;
      std::copy(p.projection.begin(), p.projection.end(), exact.projection.begin());
      std::copy(p.dout.begin(), p.dout.end(), exact.dout.begin());
      cot::serial reference;
      const answer<double> expected = solve<double>(reference, exact);
      const auto check = [&](const cot::cpu::options& options, double most) {
        cot::cpu device(options);
        const answer<cot::bfloat16> got = solve<cot::bfloat16>(device, p);
        CAPTURE(scale);
        CAPTURE(dropout);
        const cot::index stride = p.projection_stride();
        CHECK(relative_error(got.out, expected.out, p.out_stride(), 0, 64) < most);
        for (const cot::index first : {0, 64, 128})
          CHECK(relative_error(got.gradient, expected.gradient, stride, first, first + 64) < most);
      };
      check({.fast_bf16 = false}, 0.0018);
      if (cot::detect_isa() >= cot::isa::avx512bf16) check({.fast_bf16 = true}, 0.0026);
    }
}
