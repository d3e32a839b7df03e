#pragma once
// A profile as a table: each class of work, its time, its rate, and the share of what the machine could do.

#include <cotangent/core/profile.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/report/format.hpp>
#include <cotangent/report/table.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace cot::report {

/// The least time in which the machine could do an entry's work: by its arithmetic or by its bytes, whichever takes
/// longer. 0: not known.
[[nodiscard]] inline double floor_seconds(const profile::entry& e, const machine_rates& rates) {
  const auto at = [](double amount, double rate) { return rate > 0 ? amount / rate : 0.0; };
  return std::max(at(e.flops, rates.flops) + at(e.bf16_flops, rates.bf16_flops), at(e.bytes, rates.bytes));
}

/// One row a class that did something, times per unit (a step, a batch); `other` is what no class was charged for.
[[nodiscard]] inline table profile_table(const profile& p, double seconds, index units, const machine_rates& rates,
                                         const std::string& unit = "step") {
  table t({{"class", align::left}, {"ms a " + unit}, {"share"}, {"GFLOP/s"}, {"GB/s"}, {"of floor"}});
  const auto milliseconds = [&](double s) {
    return fixed(1e3 * s / static_cast<double>(std::max<index>(units, 1)), 2);
  };
  const auto percent = [](double share) { return fixed(100 * share, 1) + " %"; };
  double floors = 0;
  for (std::size_t i = 0; i < work_class_names.size(); ++i) {
    const profile::entry& e = p[static_cast<work_class>(i)];
    if (e.calls == 0) continue;
    const double flops = e.flops + e.bf16_flops, least = floor_seconds(e, rates);
    floors += least;
    t.add({std::string(work_class_names[i]), milliseconds(e.seconds), percent(e.seconds / seconds),
           flops > 0 ? fixed(1e-9 * flops / e.seconds, 1) : "", e.bytes > 0 ? fixed(1e-9 * e.bytes / e.seconds, 1) : "",
           least > 0 ? percent(least / e.seconds) : ""});
  }
  t.add({"other", milliseconds(seconds - p.seconds()), percent(1 - p.seconds() / seconds), "", "", ""});
  t.rule().add({"all", milliseconds(seconds), percent(1), "", "", floors > 0 ? percent(floors / seconds) : ""});
  return t;
}

/// The same as numbers: per class seconds, flops, bf16_flops, bytes, calls and floor_seconds, of all units together.
[[nodiscard]] inline io::json profile_json(const profile& p, double seconds, index units, const machine_rates& rates) {
  io::json classes;
  for (std::size_t i = 0; i < work_class_names.size(); ++i) {
    const profile::entry& e = p[static_cast<work_class>(i)];
    if (e.calls == 0) continue;
    classes[work_class_names[i]] = io::json::of({{"seconds", e.seconds},
                                                 {"flops", e.flops},
                                                 {"bf16_flops", e.bf16_flops},
                                                 {"bytes", e.bytes},
                                                 {"calls", e.calls},
                                                 {"floor_seconds", floor_seconds(e, rates)}});
  }
  return io::json::of(
      {{"seconds", seconds},
       {"units", units},
       {"peak",
        io::json::of({{"flops", rates.flops}, {"bf16_flops", rates.bf16_flops}, {"bytes_per_second", rates.bytes}})},
       {"classes", classes}});
}

}  // namespace cot::report
