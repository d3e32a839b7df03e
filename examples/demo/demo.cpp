// A sentence encoder from nothing: a made-up language, masked-token pre-training, contrastive fine-tuning, and what
// came of it.

#include "demo.hpp"

#include "pretraining.hpp"
#include "support/signals.hpp"
#include "texts.hpp"

#include <cotangent/backend/cpu.hpp>
#include <cotangent/data/sampler.hpp>
#include <cotangent/eval/evaluate.hpp>
#include <cotangent/model/folder.hpp>
#include <cotangent/optim/schedule.hpp>
#include <cotangent/report/progress.hpp>
#include <cotangent/train/finetune.hpp>
#include <cotangent/train/run_report.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

using cot::index;
using cot::io::json;
using cot::report::fixed;
using encoder = cot::model::encoder<cot::cpu>;

/// How much of everything, for the minutes that the user gives. A pure function of them: no clock is asked.
struct effort {
  index pretraining_steps, finetuning_steps, batch = 64, corpus = 20000, triples = 4000, exam = 1000;

  static effort of(double minutes) {
    const auto steps = [minutes](double a_minute) {
      return std::max(index{4}, static_cast<index>(a_minute * minutes));
    };
    return {steps(4000), steps(400)};
  }
};

cot::io::sentence_transformer small_bert(index vocabulary) {
  cot::io::sentence_transformer pipeline;
  auto& m = pipeline.model;
  m.vocab_size = vocabulary;
  m.hidden_size = 64;
  m.num_hidden_layers = 2;
  m.num_attention_heads = 4;
  m.intermediate_size = 256;
  m.max_position_embeddings = 32;
  m.hidden_dropout_prob = m.attention_probs_dropout_prob = 0.05;
  pipeline.normalize = true;
  pipeline.max_seq_length = 32;
  return pipeline;
}

/// Sentences to watch the geometry on, and those pairs of the exam that mean nearly the same.
cot::train::probe make_probe(const cot::data::sts_pairs& exam) {
  cot::train::probe p;
  for (std::size_t i = 0; i < exam.scores.size(); ++i) {
    p.sentences.push_back(exam.first[i]);
    if (exam.scores[i] < 4) continue;
    p.left.push_back(exam.first[i]);
    p.right.push_back(exam.second[i]);
  }
  return p;
}

using curve = std::vector<std::pair<double, double>>;

/// What pre-training went through: by step, the loss of a hidden word, the exam, and the effective rank of its
/// sentences.
struct pretraining_path {
  curve loss, score, rank;
};

class story {
 public:
  explicit story(const demo_settings& s)
      : s_(s),
        work_(effort::of(s.minutes)),
        device_({.threads = s.threads}),
        language_(s.seed),
        corpus_(demo::make_corpus(language_, s.seed, work_.corpus)),
        triples_(demo::make_triples(language_, s.seed, work_.triples)),
        exam_{{"made-up STS", demo::make_exam(language_, s.seed, work_.exam)}} {}

  void tell() {
    tell_of_the_language();
    encoder model = make_encoder();
    const auto path = pretrain(model);
    cot::train::history log(s_.output + "/log.jsonl");
    begin(log, path);
    finetune(model, log, path);
  }

 private:
  void tell_of_the_language() {
    demo::dice d(s_.seed, "example");
    const demo::meaning said = language_.think(d, false);
    demo::meaning other = said;
    other[demo::object] = demo::change(said[demo::object], true, d);
    const auto quoted = [](const std::string& sentence) { return "     \"" + sentence + "\"\n"; };
    const demo::wording w{.pattern = 0, .synonym = {}};
    std::cout << "1. A language, made up from seed " << s_.seed << '\n'
              << "   " << language_.words().size() << " words; " << demo::parts * demo::concepts
              << " things to say, each with " << demo::synonyms
              << " synonyms; six patterns of sentences, three of them passive.\n"
              << "   This is how it says: " << demo::gloss(said) << ".\n"
              << quoted(language_.say(said, w, d))
              << quoted(language_.say(said, {.pattern = 4, .synonym = {1, 1, 1, 1, 1}}, d))
              << "   Both mean the same, so they are " << fixed(demo::similarity(said, said), 1)
              << " alike, of 5. With a " << demo::english[demo::object][other[demo::object]] << " for the "
              << demo::english[demo::object][said[demo::object]] << " it is " << fixed(demo::similarity(said, other), 1)
              << ":\n"
              << quoted(language_.say(other, w, d));
    demo::write_tokenizer(language_, s_.output + "/tokenizer");
    demo::write_texts(s_.output + "/texts", corpus_, triples_, exam_.front().pairs);
    std::cout << "   Written: " << corpus_.size() << " sentences to read, " << triples_.rows()
              << " triples to tell apart, " << work_.exam
              << " graded pairs for the exam,\n   whose meanings occur nowhere else.\n\n";
  }

  encoder make_encoder() {
    auto tokenizer = cot::text::load_tokenizer(s_.output + "/tokenizer");
    pipeline_ = small_bert(tokenizer.vocabulary_size());
    encoder model(device_, cot::model::transformer_config(pipeline_.model), {.max_tokens = pipeline_.max_seq_length},
                  std::move(tokenizer));
    model.initialize(s_.seed);
    index numbers = 0;
    for (const auto& e : model.parameters().entries()) {
      numbers += e.size;
      if (e.sizes.size() < 2) continue;
      auto values =
          model.parameters().get(e);  // BERT's 0.02 is meant for width 768; here it is the same variance a layer
      for (float& x : values) x *= std::sqrt(768.0f / static_cast<float>(model.width()));
      model.parameters().set(e, values);
    }
    std::cout << "2. An encoder that knows nothing\n"
              << "   A BERT of " << pipeline_.model.num_hidden_layers << " layers, width "
              << pipeline_.model.hidden_size << ": " << numbers << " random numbers.\n"
              << "   The exam correlates the cosines of pairs with their grades. The two never share a word that means "
                 "something:\n"
              << "   Spearman " << fixed(score(model), 1) << " of 100, as good as guessing.\n\n";
    return model;
  }

  pretraining_path pretrain(encoder& model) {
    const index steps = work_.pretraining_steps;
    std::cout << "3. Pre-training: read sentences with 15 % of the words hidden, and guess them\n" << std::flush;
    const auto sentences = model.tokenize(corpus_);
    const cot::data::sampler sampler(sentences.rows(), work_.batch, s_.seed);
    const cot::optim::schedule rate{cot::optim::schedule_kind::linear, steps / 10, steps};
    const auto& special = model.tokenizer().special();
    demo::pretraining<cot::cpu> task(model,
                                     {.mask = *special.mask,
                                      .first_word = *special.mask + 1,
                                      .vocabulary = static_cast<std::int32_t>(model.tokenizer().vocabulary_size())},
                                     s_.seed, 3e-3);
    pretraining_path path;
    const auto examine = [&](index step) {
      path.score.emplace_back(static_cast<double>(step), score(model));
      path.rank.emplace_back(static_cast<double>(step),
                             cot::geometry::effective_rank{}(model.embed(exam_.front().pairs.first)));
    };
    examine(0);
    cot::report::progress progress({.label = "   reading", .total = static_cast<double>(steps), .quiet = s_.quiet});
    double recent = 0, tokens = 0;
    for (index step = 0; step < steps; ++step) {
      if (programs::stopped) throw cot::interrupted("interrupted while pre-training");
      cot::ragged<std::int32_t> batch;
      for (const index row : sampler.batch(step)) batch.push_back(sentences.row(row));
      const double loss = task.step(batch, rate.factor(step));
      path.loss.emplace_back(static_cast<double>(step + 1), loss);
      recent = step == 0 ? loss : 0.95 * recent + 0.05 * loss;
      progress.update(static_cast<double>(step + 1), tokens += static_cast<double>(batch.size()));
      const bool milestone = (step + 1) * 10 / steps != step * 10 / steps;
      if (milestone) examine(step + 1);
      if (step > 0 && !milestone) continue;
      progress.clear();
      std::cout << "   step " << step + 1 << ": loss " << fixed(recent, 2) << ", as if one guessed among "
                << fixed(std::exp(recent), 0) << " words";
      if (milestone) std::cout << "; exam " << fixed(path.score.back().second, 1);
      std::cout << '\n' << std::flush;
    }
    std::cout
        << (path.score.back().second > 50
                ? "   Nobody has told it what a word means. First it learned grammar, then which words keep the same "
                  "company.\n\n"
                : "   This was enough for some grammar. What words mean comes later: give it more --minutes.\n\n");
    return path;
  }

  /// The log begins with the settings, and with the exam during pre-training at steps below 0.
  void begin(cot::train::history& log, const pretraining_path& path) const {
    log.append(json::of({{"event", "start"},
                         {"version", COTANGENT_VERSION},
                         {"isa", std::string(to_string(device_.level()))},
                         {"precision", "fp32"},
                         {"seed", s_.seed},
                         {"minutes", s_.minutes},
                         {"batch", work_.batch},
                         {"pretraining_steps", work_.pretraining_steps},
                         {"total_steps", work_.finetuning_steps},
                         {"rows", triples_.rows()},
                         {"loss", "info_nce"}}));
    for (const auto& [step, spearman] : path.score) {
      if (step == static_cast<double>(work_.pretraining_steps)) break;  // step 0 of fine-tuning says it again
      const json scores = json::of({{exam_.front().name, json::of({{"spearman", spearman / 100}})}});
      log.append(json::of({{"event", "evaluate"},
                           {"step", static_cast<index>(step) - work_.pretraining_steps},
                           {"sts", scores},
                           {"mean", spearman / 100}}));
    }
  }

  void finetune(encoder& model, cot::train::history& log, const pretraining_path& path) {
    const index steps = work_.finetuning_steps;
    std::cout << "4. Contrastive fine-tuning: of all sentences in a batch, find the one that means the same (InfoNCE)\n"
              << std::flush;
    cot::train::finetune_options o;
    o.steps = steps;
    o.batch = work_.batch;
    o.seed = s_.seed;
    o.adamw = {.lr = 1e-3};
    o.warmup = steps / 10;
    o.probe_every = o.evaluate_every = std::max(index{1}, steps / 20);
    o.checkpoint_every = 0;
    const std::vector<std::pair<std::string, double>> loss_options{{"temperature", 0.1}};
    cot::train::finetuner run(model, cot::loss::make_loss<float, cot::cpu>("info_nce", loss_options), triples_, o, log);
    run.probed = make_probe(exam_.front().pairs);
    run.sets = exam_;
    run.observer.stop = &programs::stopped;
    cot::report::progress progress({.label = "   comparing", .total = static_cast<double>(steps), .quiet = s_.quiet});
    double tokens = 0;
    run.observer.progress = [&](index step, index, index in_step) {
      progress.update(static_cast<double>(step), tokens += static_cast<double>(in_step));
    };
    run.run();
    progress.clear();

    const auto losses = log.series("step", "loss");
    const auto scores = log.series("evaluate", "mean");
    const double untrained = path.score.front().second, pretrained = path.score.back().second,
                 after = 100 * scores.back().second;
    std::cout << "   loss " << fixed(losses.front().second, 2) << " at the first step, "
              << fixed(losses.back().second, 2) << " at the last (" << steps << ").\n   The exam: Spearman "
              << fixed(after, 1) << ".\n   ";
    tell_of_the_rank(run.tracker());
    cot::model::save_folder(model, pipeline_, s_.output + "/tokenizer", s_.output + "/model",
                            cot::io::publication::replace);

    cot::report::table table(
        {{"", cot::report::align::left}, {"untrained"}, {"pre-trained"}, {"contrastive"}, {"change"}});
    table.add({"STS, Spearman x 100", fixed(untrained, 1), fixed(pretrained, 1), fixed(after, 1),
               cot::report::signed_fixed(after - untrained, 1)});
    const double rank = run.tracker().now(), rank_before = path.rank.front().second;
    table.add({"effective rank (of " + std::to_string(pipeline_.model.hidden_size) + ")", fixed(rank_before, 1),
               fixed(path.rank.back().second, 1), fixed(rank, 1), cot::report::signed_fixed(rank - rank_before, 1)});
    write_report(log, run.tracker(), path, table);
    std::cout << "\n5. What changed\n\n"
              << cot::report::to_text(table) << "\nModel:   " << s_.output << "/model\nReport:  " << s_.output
              << "/report.html\n";
  }

  void tell_of_the_rank(const cot::geometry::rank_tracker& tracker) const {
    const auto path = tracker.path();
    const auto phases = tracker.phases();
    std::cout << "Effective rank of the exam's sentences: " << fixed(path.front().value, 1) << " at first, "
              << fixed(tracker.peak().value, 1) << " at its peak (step " << phases.peak << "), "
              << fixed(tracker.now(), 1) << " at last.\n";
    if (phases.peak > 0 && phases.best > phases.peak)
      std::cout << "   Phase 1 up to step " << phases.peak
                << ": sentences spread out. Phase 2 after it: what does not matter is folded away.\n";
    else if (phases.peak > 0)
      std::cout << "   It rose to the end: phase 1, in which sentences spread out, was not over.\n";
    else
      std::cout << "   It fell from the start: all of it was phase 2, in which what does not matter is folded away.\n";
  }

  void write_report(const cot::train::history& log, const cot::geometry::rank_tracker& tracker,
                    const pretraining_path& path, const cot::report::table& table) const {
    auto page = cot::train::run_report("A sentence encoder from nothing",
                                       "A made-up language: " + std::to_string(work_.pretraining_steps) +
                                           " steps of pre-training, " + std::to_string(work_.finetuning_steps) +
                                           " of contrastive fine-tuning, batch " + std::to_string(work_.batch),
                                       log, tracker);
    page.section("Pre-training");
    page.text(
        "Before all this the encoder read the language with 15 % of its words hidden, and learned to guess them: the "
        "steps "
        "below 0 in the curve of Spearman above. The exam's pairs share no word that means something, so that there is "
        "nothing "
        "to gain until words of one meaning have become alike.");
    page.add_chart({.title = "Loss of a hidden word",
                    .x_label = "step of pre-training",
                    .y_label = "nats",
                    .second_label = "Spearman x 100",
                    .series = {{.name = "loss", .points = path.loss, .smooth = 25},
                               {.name = "exam", .points = path.score, .second_axis = true}}});
    page.section("Before and after");
    page.add_table(table);
    page.write(s_.output + "/report.html");
  }

  double score(encoder& model) const { return 100 * cot::eval::sts(model, exam_.front().pairs).spearman; }

  demo_settings s_;
  effort work_;
  cot::cpu device_;
  demo::language language_;
  std::vector<std::string> corpus_;
  cot::data::training_rows triples_;
  std::vector<cot::eval::sts_set> exam_;
  cot::io::sentence_transformer pipeline_;
};

}  // namespace

void demo_run(const demo_settings& settings) {
  std::filesystem::create_directories(settings.output);
  story(settings).tell();
}
