#pragma once
// From --backend and --precision to one of the instantiations of a program.

#include "common.hpp"

#include <cotangent/backend/cpu/device.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/core/error.hpp>
#include <cotangent/core/precision.hpp>

namespace programs {

/// Calls work.template operator()<P>(device) with the device and the precision that the options name.
template <class Work>
void dispatch(const common_options& o, const Work& work) {
  const auto with = [&](auto& device) {
    if (o.precision == "bf16")
      work.template operator()<cot::bf16>(device);
    else
      work.template operator()<cot::fp32>(device);
  };
  if (o.backend == "cpu") {
    cot::cpu device({.threads = o.threads});
    with(device);
  } else if (o.backend == "serial") {
    cot::serial device;
    with(device);
  } else {
    throw cot::device_error("--backend", "cuda is a backend of the library, which these programs are not built for",
                            "cpu or serial", o.backend);
  }
}

}  // namespace programs
