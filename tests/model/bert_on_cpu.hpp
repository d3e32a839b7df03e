#pragma once
// The transformer on the backend cpu, compiled once for the tests of this room: all kernels for all instruction sets
// take longer than a test file may.

#include "model/tiny.hpp"
#include "support/cpu_products.hpp"

#include <cotangent/backend/cpu.hpp>
#include <cotangent/model/bert.hpp>

extern template class cot::model::bert<cot::fp32, cot::cpu>;
extern template struct cot::test::tiny_model<cot::fp32, cot::cpu>;
