#pragma once
// --profile: what a program's time went to, printed at its end.

#include <cotangent/backend/cpu/rates.hpp>
#include <cotangent/report/profile_table.hpp>

#include <ostream>
#include <string>

namespace programs {

/// The table of a profile and the rates of the device, on `out`.
template <class B>
void print_profile(std::ostream& out, B& device, const cot::profile& profile, double seconds, cot::index units,
                   const std::string& unit) {
  cot::machine_rates rates;
  if constexpr (requires { measure_rates(device); }) rates = measure_rates(device);
  out << '\n' << cot::report::to_text(cot::report::profile_table(profile, seconds, units, rates, unit));
  if (rates.flops > 0)
    out << "Measured peaks: " << cot::report::fixed(1e-9 * rates.flops, 0) << " GFLOP/s in fp32, "
        << cot::report::fixed(1e-9 * rates.bf16_flops, 0) << " in bf16, " << cot::report::fixed(1e-9 * rates.bytes, 0)
        << " GB/s copied\n";
}

}  // namespace programs
