#pragma once
// demo: a sentence encoder from nothing, in about a minute.

#include <string>

struct demo_settings {
  std::string output = "./cotangent-demo";
  double minutes = 1;
  int threads = 0;
  unsigned seed = 0;
  bool quiet = false;
};

/// Makes a language, trains an encoder on it, examines it before and after, and leaves model, texts and report in the
/// output.
void demo_run(const demo_settings& settings);
