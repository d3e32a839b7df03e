#pragma once
// From the options of finetune to what the library takes.

#include "finetune.hpp"

#include <cotangent/eval/evaluate.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/train/finetune.hpp>
#include <cotangent/train/probe.hpp>

#include <string>
#include <vector>

/// Steps from --epochs where --steps does not say, --warmup in steps, and what the library takes as it is.
cot::train::finetune_options options_of(const finetune_settings& s, cot::index rows);

/// Everything but threads and quiet, defaults of the loss included: a run may be resumed only with the same. Files
/// count by their contents.
cot::io::json settings_of(const finetune_settings& s, const std::string& isa, const std::string& bf16_by);

/// The log's first event.
cot::io::json start_event(const finetune_settings& s, const cot::io::json& settings, cot::index steps, cot::index rows);

/// The sentences of --probe, else the first 1,000 rows of the first STS set; alignment over its pairs that score 4 or
/// more.
cot::train::probe make_probe(const finetune_settings& s, const std::vector<cot::eval::sts_set>& sets);
