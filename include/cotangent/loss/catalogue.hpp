#pragma once
// Every loss of the library, once: from this list come `finetune --loss` and `--list`, and the tests of tests/loss.

#include <cotangent/loss/info_nce.hpp>

#include <tuple>

namespace cot::loss {

inline constexpr std::tuple<info_nce, symmetric_info_nce> catalogue{};

}  // namespace cot::loss
