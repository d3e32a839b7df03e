#include "ops/map_case.hpp"

using namespace cot::test;

TEST_CASE("ops: map of silu") { check_operation<map_case<cot::formula::silu>>(); }
TEST_CASE("ops: map of relu") { check_operation<map_case<cot::formula::relu>>(); }
TEST_CASE("ops: map of tanh") { check_operation<map_case<cot::formula::hyperbolic_tangent>>(); }
TEST_CASE("ops: map of softplus") { check_operation<map_case<cot::formula::softplus>>(); }
TEST_CASE("ops: map of log") { check_operation<positive_map_case<cot::formula::logarithm>>(); }
