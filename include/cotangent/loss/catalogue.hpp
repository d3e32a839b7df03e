#pragma once
// Every loss of the library, once: from this list come --loss, --list, the docs and the registry tests.

#include <cotangent/loss/info_nce.hpp>

#include <tuple>

namespace cot::loss {

inline constexpr std::tuple<info_nce, symmetric_info_nce> catalogue{};

}  // namespace cot::loss
