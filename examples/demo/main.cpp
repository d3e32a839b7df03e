#include "demo.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  demo_settings s;
  programs::program program(
      "demo", "Invents a small language, trains a sentence encoder on it from nothing, and watches it learn.",
      "demo --output cotangent-demo --minutes 1");
  auto& app = program.app;
  app.add_option("--output", s.output, "the folder to write: model, texts, log and report.html");
  app.add_option("--minutes", s.minutes,
                 "how much to train: at most about so long on two cores; no clock is asked, so the same number gives "
                 "the same model")
      ->check(programs::expected_number<double>("a number from 0.01 to 30",
                                                [](double minutes) { return minutes >= 0.01 && minutes <= 30; }));
  app.add_option("--threads", s.threads, "0: the cores this process may use")->check(programs::count_from(0));
  app.add_option("--seed", s.seed, "of the language and the training; same seed and instruction set: same bits")
      ->check(programs::seed_number());
  app.add_flag("--quiet", s.quiet, "no progress");
  return program.run(argc, argv, [&] { demo_run(s); });
}
