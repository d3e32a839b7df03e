#pragma once
// Attention of the backend `cpu`: fused for each sentence and head, on all cores, at the instruction set of the device.
//
// Queries go in blocks of 64 against all keys of their sentence: the scores of a block fit the second-level cache up to
// some thousand tokens, so that no online softmax is needed, and no score is ever kept. Products of bfloat16 go by the
// tiles of AMX where the device has them, by pairs where AVX512-BF16 is faster than float, and the weights and their
// gradients are rounded for them; elsewhere all is widened. The softmax is the same in all three.
//
// A task is a run of consecutive (sentence, key head) pairs, cut by estimated work alone, so that the bits depend on no
// number of threads. They do depend on the instruction set: its width decides in which order a softmax is summed.

#include <cotangent/backend/cpu/attention/backward.hpp>
#include <cotangent/backend/cpu/attention/forward.hpp>
#include <cotangent/backend/cpu/device.hpp>
#include <cotangent/backend/cpu/parallel.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace cot {

namespace cpu_attention {

/// Multiply-adds of one task: some 10 us of one core where the caches hold the data.
inline constexpr index task_work = index{1} << 20;

/// A pair of a sentence and a key head, in the order in which tasks take them.
struct place {
  index sentence, kv_head;
  friend bool operator==(const place&, const place&) = default;
};

/// A task: what `Program` does for the places [at, end) of a problem. The session lasts as long: see amx.hpp.
template <class Level, class Problem, void (*Program)(const Problem&, index, index, std::byte*)>
void run_task(const void* problem, place at, place end, std::byte* scratch) {
  const Problem& p = *static_cast<const Problem*>(problem);
  [[maybe_unused]] const typename Level::session session{};
  while (at != end) {
    Program(p, at.sentence, at.kv_head, scratch);
    if (++at.kv_head == p.layout.kv_heads) at = {at.sentence + 1, 0};
  }
}

/// Runs the tasks of a problem, with scratch of bytes(layout, length of the longest sentence). `products` counts the
/// multiply-adds of a score and a head column, 2 forward and 5 backward; a token costs as much as 16 keys besides.
/// (Plain functions, so that a parallel loop is compiled once and not for every level.)
inline void for_each_head(cpu& device, const attention_layout& layout, index products,
                          std::size_t (*bytes)(const attention_layout&, index),
                          void (*run)(const void*, place, place, std::byte*), const void* problem) {
  const index group = layout.heads / layout.kv_heads;
  index longest = 0;
  const auto cut = [&](place* begins) {  // the first place of every task; returns their number
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
  place* begins = device.memory().take_array<place>(static_cast<std::size_t>(tasks) + 1);
  begins[cut(begins)] = {layout.sentences, 0};
  const std::size_t scratch = bytes(layout, longest);
  parallel_for(device, tasks, [&](index task) {
    run(problem, begins[task], begins[task + 1], static_cast<std::byte*>(device.scratch(scratch)));
  });
  device.memory().rewind(mark);
}

/// f.template operator()<Level>() at the instruction set that the device has for numbers stored as T.
template <class T, class F>
void at_level(cpu& device, const F& f) {
#if defined(__x86_64__)
  if constexpr (std::is_same_v<T, bfloat16>) {
    if (device.amx()) return f.template operator()<amx_level<detail::amx_tiles>>();
    if (device.fast_bf16()) return f.template operator()<avx512bf16_level>();
  }
  if (device.level() >= isa::avx512) return f.template operator()<avx512_level>();
  if (device.level() >= isa::avx2) return f.template operator()<avx2_level>();
#endif
  f.template operator()<portable_level>();
}

template <class Level, class T>
void attend(cpu& device, const attention_problem<T>& problem) {
  for_each_head(device, problem.layout, 2, forward_memory<Level, T>::bytes,
                run_task<Level, attention_problem<T>, forward<Level, T>>, &problem);
}
template <class Level, class T>
void pull_back(cpu& device, const attention_pullback_problem<T>& problem) {
  for_each_head(device, problem.layout, 5, backward_memory<Level, T>::bytes,
                run_task<Level, attention_pullback_problem<T>, backward<Level, T>>, &problem);
}

}  // namespace cpu_attention

template <class T>
void attention(cpu& device, const attention_problem<T>& problem) {
  cpu_attention::at_level<T>(device, [&]<class Level>() { cpu_attention::attend<Level>(device, problem); });
}

template <class T>
void attention_pullback(cpu& device, const attention_pullback_problem<T>& problem) {
  cpu_attention::at_level<T>(device, [&]<class Level>() { cpu_attention::pull_back<Level>(device, problem); });
}

}  // namespace cot
