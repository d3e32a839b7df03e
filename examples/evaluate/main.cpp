#include "evaluate.hpp"
#include "support/dispatch.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  evaluate_settings s;
  programs::program program("evaluate",
                            "Correlates a model's cosines with people's scores of sentence similarity (STS).",
                            "evaluate --model models/all-MiniLM-L6-v2 --sts STSB-dev.tsv STSB-test.tsv");
  auto& app = program.app;
  app.add_option("--model", s.model, "a Hugging Face or sentence-transformers folder")->required();
  app.add_option("--sts", s.sets, "files of score, sentence 1, sentence 2 (TSV)")->required()->expected(1, -1);
  app.add_option("--json", s.json, "write the scores (-1 to 1) to this file; - for standard output");
  program.add_common(s.common);
  return program.run(argc, argv, [&] {
    programs::check_model_folder(s.model);
    programs::prepare_output("--json", s.json, programs::dash::standard_output);
    programs::dispatch(s.common, [&]<class P>(auto& device) { evaluate<P>(device, s); });
  });
}
