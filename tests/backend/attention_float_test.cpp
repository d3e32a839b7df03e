// Attention in float: the two implementations of the contract agree at every instruction set and number of threads.

#include "attention_parity.hpp"

TEST_CASE("attention in float: cpu agrees with serial, one thread with two") {
  attention_support::check_parity<float>(2e-5);
}
