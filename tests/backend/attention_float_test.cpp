// Attention in float: the two implementations of the contract agree at every instruction set and number of threads.

#include "attention_parity.hpp"

#include <bit>
#include <limits>

TEST_CASE("attention in float: cpu agrees with serial, one thread with two") {
  attention_support::check_parity<float>(2e-5);
}

TEST_CASE("attention in float: a NaN spoils what depends on it and no more") {
  attention_support::check_nan(std::numeric_limits<float>::quiet_NaN());
  attention_support::check_nan(std::bit_cast<float>(0xffffffffu));  // of memory full of ones
}
