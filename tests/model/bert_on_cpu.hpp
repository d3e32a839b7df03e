#pragma once
// The transformer on the backend cpu, compiled once for the tests of this room: all kernels for all instruction sets
// take longer than a test file may.

#include <cotangent/backend/cpu.hpp>
#include <cotangent/model/bert.hpp>

extern template class cot::model::bert<cot::fp32, cot::cpu>;
