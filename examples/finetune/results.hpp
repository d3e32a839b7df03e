#pragma once
// What a finished run leaves beside its model: the report, run.json, --json, and a table for people.

#include "finetune.hpp"

#include <cotangent/geometry/rank_tracker.hpp>
#include <cotangent/train/history.hpp>

/// The model is in its folder already; run.json, written here, says that the run has finished.
void finetune_results(const finetune_settings& s, const cot::io::json& settings, cot::index steps,
                      const cot::train::history& log, const cot::geometry::rank_tracker& tracker);
