#pragma once
// The backend `cpu`: all cores through oneTBB, each kernel in the widest instruction set that the machine has.

#include <cotangent/backend/cpu/attention.hpp>
#include <cotangent/backend/cpu/device.hpp>
#include <cotangent/backend/cpu/gemm.hpp>
#include <cotangent/backend/cpu/launch.hpp>
#include <cotangent/backend/cpu/parallel.hpp>
