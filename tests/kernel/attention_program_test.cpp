// The attention of backend `cuda`, which is written as block programs, on emulated lanes against the serial reference.

#include "backend/attention_support.hpp"
#include "support/emulated.hpp"

#include <cotangent/kernel/block/attention.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

/// A device whose attention is the block programs.
template <class B>
struct programs {
  B device;
};
template <class B, class T>
void attention(programs<B>& on, const cot::attention_problem<T>& p) {
  launch_blocks(on.device, p.layout.tokens * p.layout.heads, cot::block_work{}, cot::attention_program<T>(p));
}
template <class B, class T>
void attention_pullback(programs<B>& on, const cot::attention_pullback_problem<T>& p) {
  launch_blocks(on.device, p.layout.tokens * p.layout.heads, cot::block_work{},
                cot::attention_query_pullback_program<T>(p));
  launch_blocks(on.device, p.layout.tokens * p.layout.kv_heads, cot::block_work{},
                cot::attention_key_pullback_program<T>(p));
}

template <class B, class T>
void compare(const attention_support::problem<T>& p, double tolerance, const std::string& what) {
  CAPTURE(what);
  cot::serial reference;
  programs<B> lanes;
  CHECK(attention_support::distance(attention_support::solve<T>(lanes, p), attention_support::solve<T>(reference, p)) <
        tolerance);
}

template <class B, class T>
void compare_all(double tolerance) {
  using problem = attention_support::problem<T>;
  compare<B>(problem({1, 2, 0, 5, 17}, 3, 3, 8), tolerance, "ragged");
  compare<B>(problem({5, 40, 9}, 4, 2, 20), tolerance, "grouped keys");
  problem p({3, 0, 19, 6}, 4, 2, 5);
  p.layout.causal = true;
  compare<B>(p, tolerance, "causal");
  p.layout.dropout = 0.25;
  p.layout.at = {3, cot::random_site::hash("attention"), 11};
  p.layout.first_row = 1000;
  compare<B>(p, tolerance, "causal with dropout");
  p.layout.causal = false;
  compare<B>(p, tolerance, "dropout");
}

}  // namespace

TEST_CASE("attention programs: emulated lanes agree with the serial reference in double") {
  compare_all<cot::emulated<37>, double>(1e-13);
}
TEST_CASE("attention programs: emulated lanes agree with the serial reference in float") {
  compare_all<cot::emulated<8>, float>(2e-6);
}
TEST_CASE("attention programs: one lane agrees with the serial reference in bfloat16") {
  compare_all<cot::serial, cot::bfloat16>(0.01);
}

TEST_CASE("attention programs: a sentence of several chunks, on one lane") {
  attention_support::problem<double> p({3, 600}, 1, 1, 4);
  compare<cot::serial>(p, 1e-13, "all keys");
  p.layout.causal = true;
  compare<cot::serial>(p, 1e-13, "causal");
}
