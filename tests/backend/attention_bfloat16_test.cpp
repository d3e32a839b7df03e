// Attention in bfloat16: the two implementations of the contract agree at every instruction set and number of threads.

#include "attention_parity.hpp"

TEST_CASE("attention in bfloat16: cpu agrees with serial, one thread with two") {
  attention_support::check_parity<cot::bfloat16>(1e-2);
}
