#pragma once
// The concept `backend`: what a type must bring so that operations, tape and models run on it.

#include <cotangent/core/block.hpp>
#include <cotangent/core/matmul.hpp>

#include <concepts>
#include <cstddef>

namespace cot {

/// The smallest program, to ask a backend whether it runs programs.
struct empty_program {
  template <block Block>
  COT_FN void operator()(Block&) const {}
};

/// A backend is an object that owns its threads or stream and its memory; nothing about it is global. Found by
/// argument-dependent lookup:
///
///   allocate(B&, bytes) -> void*, deallocate(B&, pointer, bytes)         64-byte aligned
///   upload(B&, to, from host, bytes), download(B&, to host, from, bytes) download waits until all work before it is
///   done launch_blocks(B&, count, block_work, program)                        program(block) for every block index;
///   see block.hpp gemm(B&, ...)                                                        see matmul.hpp
///
/// Members: memory(), the arena of device memory of the running step; records(), an arena of host memory. Work is
/// ordered: what is launched later sees what earlier launches stored.
template <class B>
concept backend =
    requires(B& b, void* data, const void* constant, std::size_t bytes, index n, const float* a, float* c) {
      { B::host_memory } -> std::convertible_to<bool>;
      { allocate(b, bytes) } -> std::same_as<void*>;
      deallocate(b, data, bytes);
      upload(b, data, constant, bytes);
      download(b, data, constant, bytes);
      launch_blocks(b, n, block_work{}, empty_program{});
      gemm(b, transpose::no, transpose::no, n, n, n, a, n, a, n, c, n, epilogue<float, float>{});
      b.memory().position();
      b.records().position();
    };

}  // namespace cot
