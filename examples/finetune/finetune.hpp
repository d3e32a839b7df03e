#pragma once
// finetune: contrastive fine-tuning of a sentence encoder, watched and resumable.

#include "support/common.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

struct finetune_settings {
  programs::common_options common;
  std::string model, output, loss = "info_nce", schedule = "linear", warmup = "0", probe, report, log;
  std::vector<std::string> train, sts;
  std::vector<std::pair<std::string, double>> loss_options;
  std::optional<long long> steps, max_tokens;
  double epochs = 1, lr = 5e-5, weight_decay = 0.01, clip = 1.0;
  std::optional<double> dropout;
  long long batch = 64, accumulate = 1, evaluate_every = 0, probe_every = 10, checkpoint_every = 100;
  bool sparse_tables = false, no_shuffle = false, skip_empty = false, projection_head = false, resume = false,
       overwrite = false, profile = false;
  std::string json;
};

template <class P, class B>
void finetune(B& device, const finetune_settings& settings);
