#pragma once
// evaluate: a model's correlation with people on semantic textual similarity.

#include "support/common.hpp"

#include <string>
#include <vector>

struct evaluate_settings {
  programs::common_options common;
  std::string model, json;
  std::vector<std::string> sets;
};

template <class P, class B>
void evaluate(B& device, const evaluate_settings& settings);
