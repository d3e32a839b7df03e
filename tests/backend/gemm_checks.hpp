#pragma once
// What is checked of gemm in every number type: a translation unit takes one or two of these, since each compiles all
// kernels.

#include "gemm_support.hpp"

#include <doctest/doctest.h>

namespace gemm_test {

using cot::activation;
using cot::bfloat16;

inline constexpr transpose both[] = {transpose::no, transpose::yes};

/// The sums are bit for bit the chain of fused multiply-adds of gemm's definition.
template <class T>
void check_against_chain(const std::vector<sizes>& all) {
  cot::serial reference;
  for (const sizes s : all)
    for (const transpose ta : both)
      for (const transpose tb : both)
        for (const cot::store mode : {cot::store::overwrite, cot::store::add}) {
          const problem<T, T> p(s, ta, tb, 7);
          cot::epilogue<T, T> e;
          e.mode = mode;
          const std::vector<T> chain = p.multiply(reference, e);
          for (const isa level : levels())
            for (const int threads : {1, 2}) {
              cot::cpu device({.threads = threads, .level = level});
              const double off = largest_difference(p.multiply(device, e), chain);
              INFO(cot::to_string(level), ", ", threads, " threads, ", name(s, ta, tb));
              if (exact(level))
                CHECK(off == 0);
              else
                CHECK(off < 1e-6 * static_cast<double>(s.k + 1) * (sizeof(T) == 4 ? 1 : 1e-9));
            }
        }
}

inline constexpr activation activations[] = {activation::none, activation::gelu, activation::gelu_tanh,
                                             activation::silu, activation::relu, activation::tanh};

/// Every combination of what an epilogue does.
template <class T>
void check_epilogues(double tolerance) {
  cot::serial reference;
  const problem<T, T> p({19, 61, 23}, transpose::no, transpose::yes, 11);
  noise random(12);
  std::vector<T> bias = random.vector<T>(p.s.n), slope_of = random.vector<T>(p.ldc * p.s.m);
  for (T& x : slope_of) x *= T(6);
  for (const isa level : levels())
    for (const activation act : activations)
      for (int parts = 0; parts < 16; ++parts) {
        cot::cpu device({.threads = 1, .level = level});
        std::vector<T> pre(p.c.size(), T(7)), pre_reference = pre;
        cot::epilogue<T, T> e;
        e.act = act;
        if (parts & 1) e.mode = cot::store::add;
        if (parts & 2) e.bias = bias.data();
        if (parts & 4) e.slope_of = slope_of.data();
        auto f = e;
        if (parts & 8) e.pre = pre.data(), f.pre = pre_reference.data();
        INFO(cot::to_string(level), ", activation ", static_cast<int>(act), ", parts ", parts);
        CHECK(largest_difference(p.multiply(device, e), p.multiply(reference, f)) < tolerance);
        CHECK(largest_difference(pre, pre_reference) <= (exact(level) ? 0.0 : 1e-5));
      }
}

/// Widened kernels give the bits of the definition, AVX512-BF16 and AMX agree to the rounding of their sums.
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
              cot::cpu device({.threads = 2, .level = level, .amx = native, .fast_bf16 = native});
              const double off = largest_difference(p.multiply(device, e), chain);
              INFO(cot::to_string(level), native ? " native, " : " widened, ", name(s, ta, tb));
              if (!native && exact(level))
                CHECK(off == 0);
              else
                CHECK(off < (sizeof(Out) == 4 ? 4e-6 : 0.07) * std::sqrt(static_cast<double>(s.k + 1)));
            }
        }
}

inline const std::vector<sizes> sizes_of_pairs = {{1, 1, 1},    {3, 5, 7},    {8, 48, 4},    {9, 49, 5},  {17, 97, 385},
                                                  {64, 8, 100}, {100, 8, 33}, {65, 33, 769}, {5, 200, 3}, {70, 15, 17},
                                                  {6, 7, 0},    {1, 300, 40}, {130, 120, 90}};

}  // namespace gemm_test
