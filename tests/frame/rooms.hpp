#pragma once
// Which room of include/cotangent may include which: the one table of it.

#include <map>
#include <set>
#include <string>

namespace cot::test {

/// A room and those directly below it. What is below those is allowed too.
inline const std::map<std::string, std::set<std::string>> rooms_below = {
    {"core", {}},
    {"kernel", {"core"}},
    {"io", {"core"}},
    {"text", {"io"}},
    {"data", {"text", "io"}},
    {"backend", {"kernel"}},
    {"ops", {"kernel"}},  // no backend: its functions are found by argument-dependent lookup
    {"autograd", {"ops"}},
    {"nn", {"autograd"}},
    {"loss", {"autograd"}},
    {"optim", {"autograd"}},
    {"geometry", {"autograd"}},
    {"dist", {"autograd"}},
    {"model", {"nn", "data"}},
    {"eval", {"model", "geometry"}},
    {"report", {"eval"}},
    {"train", {"report", "loss", "optim", "dist"}},
    {"interop", {"backend", "train"}},  // sees everything, and nobody includes it
};

/// Single headers that a room may include although it may not include their room.
inline const std::map<std::string, std::set<std::string>> exceptions = {
    {"geometry",
     {"backend/cpu/linalg.hpp", "backend/cpu/inner_products.hpp"}},  // solvers for host matrices, behind one header
};

}  // namespace cot::test
