#pragma once
// The two function annotations of the library, and nothing else.
//
//   COT_FN      a function of the inner loops: callable from host and device, always inlined.
//               Free functions write `COT_FN inline`, members just `COT_FN`.
//   COT_LAMBDA  the same for a lambda, after its parameter list: `[=](auto x) COT_LAMBDA { ... }`. It carries no
//               host/device annotation, because nvcc takes one on a lambda only with a flag that users would have to
//               set; a lambda inside a COT_FN function needs none.
//
// Always inlining is a matter of correctness, not of speed: an ordinary function that takes a 64-byte SIMD pack and is
// called from a function compiled for AVX-512 uses another calling convention than its caller, and loses lanes
// silently.

#if defined(__CUDACC__)
#define COT_FN __host__ __device__ __attribute__((always_inline))
#else
#define COT_FN __attribute__((always_inline))
#endif
#define COT_LAMBDA __attribute__((always_inline))
