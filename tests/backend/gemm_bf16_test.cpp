// gemm of bfloat16: the widened kernels give the bits of the definition, AVX512-BF16 agrees to the rounding of its
// sums.

#include "gemm_support.hpp"

#include <doctest/doctest.h>

namespace gemm_test {
namespace {

using cot::bfloat16;

constexpr transpose both[] = {transpose::no, transpose::yes};

template <class Out>
void check_bfloat16(const std::vector<sizes>& all) {
  cot::serial reference;
  noise random(21);
  for (const sizes s : all)
    for (const transpose ta : both)
      for (const transpose tb : both)
        for (const cot::store mode : {cot::store::overwrite, cot::store::add}) {
          const problem<bfloat16, Out> p(s, ta, tb, 9);
          const std::vector<float> bias = random.vector<float>(s.n);
          cot::epilogue<Out, float> e;
          e.mode = mode;
          e.bias = bias.data();
          const std::vector<Out> chain = p.multiply(reference, e);
          for (const isa level : levels())
            for (const bool native : {false, true}) {
              if (native && level < isa::avx512bf16) continue;
              cot::cpu device({.threads = 2, .level = level, .fast_bf16 = native});
              const double off = largest_difference(p.multiply(device, e), chain);
              INFO(cot::to_string(level), native ? " native, " : " widened, ", name(s, ta, tb));
              if (!native && exact(level))
                CHECK(off == 0);
              else
                CHECK(off < (sizeof(Out) == 4 ? 4e-6 : 0.07) * std::sqrt(static_cast<double>(s.k + 1)));
            }
        }
}

const std::vector<sizes> all = {{1, 1, 1},    {3, 5, 7},    {8, 48, 4},    {9, 49, 5},  {17, 97, 385},
                                {64, 8, 100}, {100, 8, 33}, {65, 33, 769}, {5, 200, 3}, {70, 15, 17},
                                {6, 7, 0},    {1, 300, 40}, {130, 120, 90}};

}  // namespace

TEST_CASE("gemm: bfloat16 to float agrees with the reference in every form, odd sizes and pairs cut in half") {
  check_bfloat16<float>(all);
}
TEST_CASE("gemm: bfloat16 to bfloat16 is summed in float and rounded once") { check_bfloat16<bfloat16>(all); }

TEST_CASE("gemm: an infinity beside an odd inner size does not leak into the padding of a pair") {
  for (const isa level : levels()) {
    if (level < isa::avx512bf16) continue;
    cot::cpu device({.threads = 1, .level = level, .fast_bf16 = true});
    problem<bfloat16, float> p({9, 17, 3}, transpose::no, transpose::no, 5);
    for (cot::index i = 0; i < 9; ++i)
      p.a[static_cast<std::size_t>(i * p.lda + 3)] = bfloat16(INFINITY);  // beyond each row
    for (const float x : p.multiply(device)) CHECK(std::isfinite(x));
  }
}

}  // namespace gemm_test
