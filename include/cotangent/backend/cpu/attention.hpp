#pragma once
// Attention of the backend `cpu`: fused for each sentence and head, on all cores, at the instruction set of the device.
//
// Queries go in blocks of 64 against all keys of their sentence: the scores of a block fit the second-level cache up to
// some thousand tokens, so that no online softmax is needed, and no score is ever kept. Where the device multiplies
// bfloat16 faster than float by AVX512-BF16, the products of bfloat16 take pairs, and the weights and their gradients
// are rounded for them; elsewhere all is widened. AMX would be another level in attention/levels.hpp.
//
// A task is a run of consecutive (sentence, key head) pairs, cut by estimated work alone, so that the bits depend on no
// number of threads. They do depend on the instruction set: its width decides in which order a softmax is summed.

#include <cotangent/backend/cpu/attention/backward.hpp>
#include <cotangent/backend/cpu/attention/forward.hpp>
#include <cotangent/backend/cpu/parallel.hpp>

#include <type_traits>

namespace cot {

namespace cpu_attention {

/// Multiply-adds of one task: some 10 us of one core where the caches hold the data.
inline constexpr index task_work = index{1} << 20;

/// Calls f(sentence, key head, scratch) for all pairs, with scratch of bytes(length of the longest sentence).
/// `products` counts the multiply-adds of a score and a head column, 2 forward and 5 backward; a token costs as much as
/// 16 keys besides.
template <class Bytes, class F>
void for_each_head(cpu& device, const attention_layout& layout, index products, const Bytes& bytes, const F& f) {
  struct pair {
    index sentence, kv_head;
  };
  const index group = layout.heads / layout.kv_heads;
  index longest = 0;
  const auto cut = [&](pair* begins) {  // the first pair of every task; returns their number
    index tasks = 0, sum = task_work;
    for (index s = 0; s < layout.sentences; ++s) {
      const index length = layout.offsets[s + 1] - layout.offsets[s];
      const index work = products * group * length * (length + 16) * layout.width;
      longest = std::max(longest, length);
      for (index head = 0; head < layout.kv_heads; ++head, sum += work)
        if (sum >= task_work) {
          if (begins != nullptr) begins[tasks] = {s, head};
          ++tasks;
          sum = 0;
        }
    }
    return tasks;
  };
  const auto mark = device.memory().position();
  const index tasks = cut(nullptr);
  pair* begins = device.memory().take_array<pair>(static_cast<std::size_t>(tasks) + 1);
  begins[cut(begins)] = {layout.sentences, 0};
  const std::size_t scratch = bytes(longest);
  parallel_for(device, tasks, [&](index task) {
    auto* memory = static_cast<std::byte*>(device.scratch(scratch));
    const pair end = begins[task + 1];
    for (pair at = begins[task];
         at.sentence < end.sentence || (at.sentence == end.sentence && at.kv_head < end.kv_head);) {
      f(at.sentence, at.kv_head, memory);
      if (++at.kv_head == layout.kv_heads) at = {at.sentence + 1, 0};
    }
  });
  device.memory().rewind(mark);
}

/// f.template operator()<Level>() at the instruction set that the device has for numbers stored as T.
template <class T, class F>
void at_level(const cpu& device, const F& f) {
#if defined(__x86_64__)
  if constexpr (std::is_same_v<T, bfloat16>)
    if (device.fast_bf16()) return f.template operator()<avx512bf16_level>();
  if (device.level() >= isa::avx512) return f.template operator()<avx512_level>();
  if (device.level() >= isa::avx2) return f.template operator()<avx2_level>();
#endif
  f.template operator()<portable_level>();
}

}  // namespace cpu_attention

template <class T>
void attention(cpu& device, const attention_problem<T>& problem) {
  cpu_attention::at_level<T>(device, [&]<class Level>() {
    const auto bytes = [&](index longest) {
      return cpu_attention::forward_memory<Level, T>::bytes(problem.layout, longest);
    };
    cpu_attention::for_each_head(device, problem.layout, 2, bytes,
                                 [&](index sentence, index kv_head, std::byte* scratch) {
                                   cpu_attention::forward<Level>(problem, sentence, kv_head, scratch);
                                 });
  });
}

template <class T>
void attention_pullback(cpu& device, const attention_pullback_problem<T>& problem) {
  cpu_attention::at_level<T>(device, [&]<class Level>() {
    const auto bytes = [&](index longest) {
      return cpu_attention::backward_memory<Level, T>::bytes(problem.layout, longest);
    };
    cpu_attention::for_each_head(device, problem.layout, 5, bytes,
                                 [&](index sentence, index kv_head, std::byte* scratch) {
                                   cpu_attention::backward<Level>(problem, sentence, kv_head, scratch);
                                 });
  });
}

}  // namespace cot
