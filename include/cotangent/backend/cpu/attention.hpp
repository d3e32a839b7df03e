#pragma once
// Attention of the backend `cpu`: fused for each sentence and head, on all cores, at the instruction set of the device.
//
// A task is a run of consecutive (sentence, key head) pairs, cut by estimated work alone, so that the bits depend on no
// number of threads. They do depend on the instruction set: its width decides in which order a softmax is summed.

#include <cotangent/backend/cpu/attention/backward.hpp>
#include <cotangent/backend/cpu/attention/forward.hpp>
#include <cotangent/backend/cpu/parallel.hpp>

namespace cot {

namespace cpu_attention {

/// Multiply-adds of one task: some 10 us of one core.
inline constexpr index task_work = index{1} << 19;

/// Calls f(sentence, key head) for all pairs. `products` counts the multiply-adds of a score and a head column: 2 forward, 5
/// backward; every token adds a fixed cost besides.
template <class F>
void for_each_head(cpu& device, const attention_layout& layout, index products, const F& f) {
  const index group = layout.heads / layout.kv_heads, pairs = layout.sentences * layout.kv_heads;
  const auto work = [&](index sentence) {
    const index length = layout.offsets[sentence + 1] - layout.offsets[sentence];
    return products * group * length * (length + 16) * layout.width;
  };
  const auto cut = [&](index* begins) {  // the first pair of every task; returns their number
    index tasks = 0, sum = task_work;
    for (index s = 0; s < layout.sentences; ++s)
      for (index head = 0; head < layout.kv_heads; ++head, sum += work(s))
        if (sum >= task_work) {
          if (begins != nullptr) begins[tasks] = s * layout.kv_heads + head;
          ++tasks;
          sum = 0;
        }
    return tasks;
  };
  const auto mark = device.memory().position();
  const index tasks = cut(nullptr);
  index* begins = device.memory().take_array<index>(static_cast<std::size_t>(tasks) + 1);
  begins[cut(begins)] = pairs;
  parallel_for(device, tasks, [&](index task) {
    for (index pair = begins[task]; pair < begins[task + 1]; ++pair) f(pair / layout.kv_heads, pair % layout.kv_heads);
  });
  device.memory().rewind(mark);
}

/// f.template operator()<Level>() at the instruction set of the device.
template <class F>
void at_level(const cpu& device, const F& f) {
#if defined(__x86_64__)
  if (device.level() >= isa::avx512) return f.template operator()<avx512_level>();
  if (device.level() >= isa::avx2) return f.template operator()<avx2_level>();
#endif
  f.template operator()<portable_level>();
}

}  // namespace cpu_attention

template <class T>
void attention(cpu& device, const attention_problem<T>& problem) {
  cpu_attention::at_level(device, [&]<class Level>() {
    cpu_attention::for_each_head(device, problem.layout, 2, [&](index sentence, index kv_head) {
      cpu_attention::forward<Level>(device, problem, sentence, kv_head);
    });
  });
}

template <class T>
void attention_pullback(cpu& device, const attention_pullback_problem<T>& problem) {
  cpu_attention::at_level(device, [&]<class Level>() {
    cpu_attention::for_each_head(device, problem.layout, 5, [&](index sentence, index kv_head) {
      cpu_attention::backward<Level>(device, problem, sentence, kv_head);
    });
  });
}

}  // namespace cot
