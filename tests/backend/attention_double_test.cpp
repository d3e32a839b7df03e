// Attention in double: the two implementations of the contract agree at every instruction set and number of threads.

#include "attention_parity.hpp"

TEST_CASE("attention in double: cpu agrees with serial, one thread with two") {
  attention_support::check_parity<double>(1e-13);
}
