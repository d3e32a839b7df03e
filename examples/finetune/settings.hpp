#pragma once
// From the options of finetune to what the library takes.

#include "finetune.hpp"

#include <cotangent/eval/evaluate.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/train/probe.hpp>

#include <string>
#include <vector>

/// "9" steps, or "10%" of them, rounded up.
cot::index warmup_steps(const std::string& text, cot::index steps);

/// Everything but threads and quiet, defaults of the loss included: a run may be resumed only with the same. Files
/// count by their contents.
cot::io::json settings_of(const finetune_settings& s, const std::string& isa, const std::string& bf16_by);

/// The sentences of --probe, else the first 1,000 rows of the first STS set; alignment over its pairs that score 4 or
/// more.
cot::train::probe make_probe(const finetune_settings& s, const std::vector<cot::eval::sts_set>& sets);
