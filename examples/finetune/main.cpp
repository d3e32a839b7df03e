#include "finetune.hpp"
#include "support/dispatch.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"

#include <cotangent/loss/any_loss.hpp>

#include <charconv>
#include <sstream>

namespace {

/// Every loss of the catalogue: name, formula, source, and its options with their defaults.
std::string list_of_losses() {
  std::ostringstream text;
  const auto describe = [&](const auto& loss) {
    const auto about = loss.describe();
    text << about.name << "\n    " << about.formula << "\n    " << about.source << "\n    takes anchors"
         << (about.takes.positives ? ", positives" : "") << (about.takes.negatives ? ", any number of negatives" : "")
         << (about.takes.labels ? ", labels" : "") << (about.takes.scores ? ", scores" : "") << '\n';
    std::apply(
        [&](const auto&... o) {
          ((text << "    " << o.name << '=' << loss.*(o.member) << "  " << o.text << '\n'), ...);
        },
        about.options);
  };
  std::apply([&](const auto&... l) { (describe(l), ...); }, cot::loss::catalogue);
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  finetune_settings s;
  std::optional<double> temperature;
  std::vector<std::string> loss_options;
  programs::program program(
      "finetune",
      "Fine-tunes a sentence encoder with a contrastive loss, and writes a folder that sentence-transformers opens.",
      "finetune --model models/all-MiniLM-L6-v2 --train triples.tsv --output tuned --sts STSB-dev.tsv --report "
      "run.html");
  auto& app = program.app;
  app.add_option("--model", s.model, "a Hugging Face or sentence-transformers folder")->required();
  app.add_option("--train", s.train, "TSV files: 1 column (dropout pairs), 2 (pairs), 3 and more (hard negatives)")
      ->required()
      ->expected(1, -1);
  app.add_option("--output", s.output, "the folder to write; checkpoints lie in it while training")->required();
  app.add_option("--sts", s.sts, "files of score, sentence 1, sentence 2, scored before and after")->expected(1, -1);
  app.add_option("--loss", s.loss, "one of " + cot::loss::names());
  program.add_list("print every loss with its formula and options, and end", list_of_losses);
  app.add_option("--loss-option", loss_options, "KEY=VALUE, one of the loss's options; may be repeated")
      ->allow_extra_args(false);
  auto* steps =
      app.add_option("--steps", s.steps, "optimizer steps (default: one epoch)")->check(programs::count_from(1));
  app.add_option("--epochs", s.epochs, "passes over the rows")->check(programs::positive())->excludes(steps);
  app.add_option("--batch", s.batch, "rows a step")->check(programs::count_from(1));
  app.add_option("--accumulate", s.accumulate, "batches a step, for losses whose rows do not see each other")
      ->check(programs::count_from(1));
  app.add_option("--lr", s.lr, "peak learning rate")->check(programs::not_negative());
  app.add_option("--schedule", s.schedule, "linear, cosine or constant")
      ->check(programs::one_of({"linear", "cosine", "constant"}));
  app.add_option("--warmup", s.warmup, "steps, or a share of them as 10%");
  app.add_option("--temperature", temperature, "the loss's temperature (default: its own, which --list shows)")
      ->check(programs::positive());
  app.add_option("--weight-decay", s.weight_decay, "not on biases and norms")->check(programs::not_negative());
  app.add_option("--clip", s.clip, "largest global gradient norm; 0: off")->check(programs::not_negative());
  app.add_flag("--sparse-tables", s.sparse_tables,
               "rows of embedding tables change only in steps that read them (sparse Adam); other numbers than the "
               "default, which also moves and decays them in between");
  app.add_option("--dropout", s.dropout, "every dropout of the model (default: its config's)")
      ->check(programs::share_below_one());
  app.add_option("--max-tokens", s.max_tokens, "a sentence's limit (default: the folder's)")
      ->check(programs::count_from(1));
  app.add_flag("--projection-head", s.projection_head,
               "a Linear + tanh after pooling while training, dropped afterwards (SimCSE)");
  app.add_option("--evaluate-every", s.evaluate_every, "steps; 0: before and after only")
      ->check(programs::count_from(0));
  app.add_option("--probe", s.probe, "held-out sentences to measure (default: the first 1,000 of the first STS file)");
  app.add_option("--probe-every", s.probe_every, "steps; 0: off")->check(programs::count_from(0));
  app.add_option("--checkpoint-every", s.checkpoint_every, "steps; 0: off")->check(programs::count_from(0));
  app.add_flag("--no-shuffle", s.no_shuffle, "rows in file order");
  app.add_flag("--skip-empty", s.skip_empty, "pass over rows with an empty field (default: an error)");
  app.add_option("--report", s.report, "write curves and scores to this .html file");
  app.add_option("--log", s.log, "write one JSON object a step to this .jsonl file");
  app.add_option("--json", s.json, "write the scores before and after to this file; - for standard output");
  app.add_flag("--profile", s.profile, "print what the steps spent their time on");
  auto* resume = app.add_flag("--resume", s.resume, "go on from the newest checkpoint in the output folder");
  app.add_flag("--overwrite", s.overwrite, "begin anew, and replace the model in the output folder")->excludes(resume);
  program.add_common(s.common);
  return program.run(argc, argv, [&] {
    if (temperature) s.loss_options.emplace_back("temperature", *temperature);
    for (const std::string& given : loss_options) {
      const std::size_t equals = given.find('=');
      double value = 0;
      const char* from = given.data() + std::min(equals + 1, given.size());
      const auto [end, failed] = std::from_chars(from, given.data() + given.size(), value);
      if (equals == std::string::npos || failed != std::errc() || end != given.data() + given.size())
        throw programs::usage_error("--loss-option: expected KEY=NUMBER, got " + given);
      for (const auto& [key, _] : s.loss_options)
        if (key == given.substr(0, equals))
          throw programs::usage_error("the option " + key + " of the loss is given twice");
      s.loss_options.emplace_back(given.substr(0, equals), value);
    }
    programs::check_model_folder(s.model);
    programs::check_output_folder(s.output);
    programs::prepare_output("--report", s.report);
    programs::prepare_output("--log", s.log);
    programs::prepare_output("--json", s.json, programs::dash::standard_output);
    programs::dispatch(s.common, [&]<class P>(auto& device) { finetune<P>(device, s); });
  });
}
