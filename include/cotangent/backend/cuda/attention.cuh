#pragma once
// Attention on `cuda`: the block programs of kernel/block/attention.hpp. Correct and simple; not tuned.

#include <cotangent/backend/cuda/launch.cuh>
#include <cotangent/core/attention.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/kernel/block/attention.hpp>

#include <string>
#include <string_view>

namespace cot {

namespace detail {
template <class T>
void check_head_width(std::string_view operation, index width) {
  if (width > widest_attention_head<T>)
    throw device_error(operation, "width of a head", "at most " + std::to_string(widest_attention_head<T>),
                       std::to_string(width));
}
}  // namespace detail

/// See core/attention.hpp. Throws device_error for heads wider than `widest_attention_head` (896 in float, 384 in
/// double).
template <class T>
void attention(cuda& device, const attention_problem<T>& p) {
  detail::check_head_width<T>("attention", p.layout.width);
  launch_blocks(device, p.layout.tokens * p.layout.heads, block_work{p.layout.longest, true}, attention_program<T>(p));
}

template <class T>
void attention_pullback(cuda& device, const attention_pullback_problem<T>& p) {
  detail::check_head_width<T>("attention_pullback", p.layout.width);
  const block_work work{p.layout.longest, true};
  launch_blocks(device, p.layout.tokens * p.layout.heads, work, attention_query_pullback_program<T>(p));
  launch_blocks(device, p.layout.tokens * p.layout.kv_heads, work, attention_key_pullback_program<T>(p));
}

}  // namespace cot
