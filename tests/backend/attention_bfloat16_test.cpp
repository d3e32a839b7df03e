// Attention in bfloat16: the two implementations of the contract agree at every instruction set and number of threads,
// and what is rounded is what the contract says.

#include "attention_parity.hpp"

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
  attention_support::over_rounded_problems([](const attention_support::problem<cot::bfloat16>& p) {
    const auto check = [&](const cot::cpu::options& options, double most) {
      cot::cpu device(options);
      for (const double error : attention_support::relative_errors(device, p)) CHECK(error < most);
    };
    check({.amx = false, .fast_bf16 = false}, 0.0018);
    if (cot::detect_isa() >= cot::isa::avx512bf16) check({.amx = false, .fast_bf16 = true}, 0.0026);
    if (cot::detect_isa() >= cot::isa::amx) check({}, 0.0026);
  });
}
