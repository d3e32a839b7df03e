#include "embed.hpp"
#include "support/dispatch.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  embed_settings s;
  programs::program program("embed",
                            "Writes the vectors of sentences, one a line, as a .npy matrix [sentences, width].",
                            "embed --model models/all-MiniLM-L6-v2 --input sentences.txt --output vectors.npy");
  auto& app = program.app;
  app.add_option("--model", s.model, "a Hugging Face or sentence-transformers folder")->required();
  app.add_option("--input", s.input, "UTF-8 text, one sentence a line; - for standard input")->required();
  app.add_option("--output", s.output, "the .npy file");
  app.add_option("--tokens", s.tokens, "write ids and pieces of every sentence to this .jsonl file");
  app.add_option("--batch", s.batch, "tokens computed at a time")->check(programs::count_from(1));
  app.add_option("--pooling", s.pooling,
                 "cls, mean, max, mean_sqrt_len, weightedmean, lasttoken (default: the folder's)");
  app.add_option("--prompt", s.prompt, "the name of one of the folder's prompts, or a text, put before each sentence");
  app.add_option("--dim", s.dimensions, "keep the first columns only, at unit length again (0: all)")
      ->check(programs::count_from(0));
  app.add_option("--normalize", s.normalize, "yes or no (default: the folder's)")
      ->check(programs::one_of({"yes", "no"}));
  app.add_option("--layer", s.layer, "pool this hidden layer; 0: the embeddings (default: the last)")
      ->check(programs::count_from(0));
  app.add_option("--dtype", s.number_type, "f32, f16 or bf16-as-u16")
      ->check(programs::one_of({"f32", "f16", "bf16-as-u16"}));
  app.add_flag("--profile", s.profile, "print what the time went to");
  app.add_flag("--skip-empty", s.skip_empty, "pass over empty lines (default: an empty line is an error)");
  app.add_option("--json", s.json, "write counts and speed to this file; - for standard output");
  program.add_common(s.common);
  return program.run(argc, argv, [&] {
    if (s.output.empty() && s.tokens.empty()) throw programs::usage_error("--output or --tokens is needed");
    programs::check_model_folder(s.model);
    programs::prepare_output("--output", s.output);
    programs::prepare_output("--tokens", s.tokens);
    programs::prepare_output("--json", s.json, programs::dash::standard_output);
    programs::dispatch(s.common, [&]<class P>(auto& device) { embed<P>(device, s); });
  });
}
