// The AMX kernel's packing, blocking and epilogues, on emulated tiles: they run wherever AVX-512 is. Hardware tiles are
// tested by gemm_bf16_test.cpp where a machine has them.

#include "gemm_support.hpp"
#include "support/emulated_tiles.hpp"

#include <doctest/doctest.h>

#if defined(__x86_64__)

namespace gemm_test {
namespace {

using cot::bfloat16;
using kernel = cot::detail::kernel_amx<cot::test::emulated_tiles>;

bool can_pack() {
  if (cot::detect_isa() >= isa::avx512) return true;
  MESSAGE("skipped: no AVX-512 to pack with");
  return false;
}

/// C on emulated tiles; with B packed beforehand, or by the product itself.
template <class Out>
std::vector<Out> multiply(const problem<bfloat16, Out>& p, const cot::epilogue<Out, float>& e, bool prepacked = false) {
  cot::cpu device({.threads = 2, .level = isa::avx512});
  std::vector<Out> result = p.c;
  cot::detail::matmul_task<bfloat16, Out> task{p.op_a, p.op_b,     p.s.m, p.s.n,         p.s.k, p.a.data(),
                                               p.lda,  p.b.data(), p.ldb, result.data(), p.ldc, e};
  std::vector<bfloat16> packed;
  if (prepacked) {
    packed.resize(static_cast<std::size_t>(cot::detail::round_up(p.s.k, kernel::pair) *
                                           cot::detail::round_up(p.s.n, kernel::columns)));
    kernel::pack_b(p.op_b, p.b.data(), p.ldb, p.s.k, p.s.n, packed.data());
    task.packed_b = packed.data();
  }
  cot::detail::multiply<kernel>(device, task);
  return result;
}

template <class Out, class Check>
void for_each_problem(const std::vector<sizes>& all, Check check) {
  for (const sizes s : all)
    for (const transpose ta : {transpose::no, transpose::yes})
      for (const transpose tb : {transpose::no, transpose::yes})
        for (const cot::store mode : {cot::store::overwrite, cot::store::add}) {
          INFO(name(s, ta, tb));
          check(problem<bfloat16, Out>(s, ta, tb, 17), mode);
        }
}

/// The emulation sums in the order of the reference: its bits.
template <class Out>
void check_emulated(const std::vector<sizes>& all) {
  if (!can_pack()) return;
  cot::serial reference;
  noise random(31);
  for_each_problem<Out>(all, [&](const problem<bfloat16, Out>& p, cot::store mode) {
    const std::vector<float> bias = random.vector<float>(p.s.n);
    cot::epilogue<Out, float> e;
    e.mode = mode;
    e.bias = bias.data();
    const std::vector<Out> expected = p.multiply(reference, e);
    CHECK(largest_difference(multiply(p, e), expected) == 0);
    CHECK(largest_difference(multiply(p, e, true), expected) == 0);
  });
}

/// Activation and slope as the kernel of floats applies them.
template <class Out>
void check_epilogues(const std::vector<sizes>& all) {
  if (!can_pack()) return;
  cot::cpu floats({.threads = 1, .level = isa::avx512});
  noise random(5);
  for_each_problem<Out>(all, [&](const problem<bfloat16, Out>& p, cot::store mode) {
    std::vector<Out> pre(p.c.size()), expected_pre(p.c.size());
    const std::vector<Out> slope_of = random.vector<Out>(static_cast<index>(p.c.size()));
    cot::epilogue<Out, float> e{.mode = mode, .act = cot::activation::gelu, .pre = expected_pre.data()};
    const std::vector<Out> expected = p.multiply(floats, e);
    e.pre = pre.data();
    CHECK(largest_difference(multiply(p, e), expected) == 0);
    CHECK(largest_difference(pre, expected_pre) == 0);
    e.pre = nullptr;
    e.slope_of = slope_of.data();
    CHECK(largest_difference(multiply(p, e), p.multiply(floats, e)) == 0);
  });
}

// Tails of every tile; whole tiles, read in place; several blocks of k and rows that end in half a tile.
const std::vector<sizes> all = {{1, 1, 1},     {3, 5, 7},     {16, 16, 32},    {17, 33, 31},    {32, 32, 64},
                                {33, 65, 65},  {64, 8, 100},  {100, 40, 530},  {40, 100, 1030}, {6, 7, 0},
                                {96, 100, 64}, {80, 33, 128}, {48, 160, 1056}, {200, 70, 96}};
const std::vector<sizes> some = {{5, 40, 0}, {33, 65, 65}, {80, 70, 64}, {48, 33, 600}};

}  // namespace

TEST_CASE("gemm: the AMX kernel on emulated tiles gives the reference's bits, to float") { check_emulated<float>(all); }
TEST_CASE("gemm: the AMX kernel on emulated tiles gives the reference's bits, to bfloat16") {
  check_emulated<bfloat16>(all);
}
TEST_CASE("gemm: epilogues on emulated tiles have the bits of the kernel of floats") {
  check_epilogues<bfloat16>(some);
  check_epilogues<float>(some);
}

}  // namespace gemm_test

#endif
