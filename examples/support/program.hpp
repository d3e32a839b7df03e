#pragma once
// What all programs share: options, help, errors and exit codes. Only main files include this.

#include "checks.hpp"
#include "common.hpp"
#include "signals.hpp"

#include <cotangent/core/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace programs {

/// Edits (insert, delete, replace) that turn one word into another.
inline std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// Names that other trainers give to options, and ours.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 14> other_names{
    {{"--learning-rate", "--lr"},
     {"--batch-size", "--batch"},
     {"--train-batch-size", "--batch"},
     {"--per-device-train-batch-size", "--batch"},
     {"--gradient-accumulation-steps", "--accumulate"},
     {"--num-train-epochs", "--epochs"},
     {"--max-steps", "--steps"},
     {"--max-seq-length", "--max-tokens"},
     {"--max-length", "--max-tokens"},
     {"--warmup-steps", "--warmup"},
     {"--warmup-ratio", "--warmup"},
     {"--lr-scheduler-type", "--schedule"},
     {"--max-grad-norm", "--clip"},
     {"--output-dir", "--output"}}};

/// A command line: its name, what it does, and one realistic call that the help begins with.
class program {
 public:
  program(std::string name, const std::string& purpose, std::string call)
      : name_(std::move(name)), call_(std::move(call)), app(purpose, name_) {
    app.set_version_flag("--version", name_ + " (cotangent " COTANGENT_VERSION ")");
    app.option_defaults()->always_capture_default();
  }

  /// --backend, --precision, --threads, --seed, --quiet.
  void add_common(common_options& o) {
    app.add_option("--backend", o.backend, "cpu or serial (these programs are not built for cuda)")
        ->check(expected("cpu or serial", [](const std::string& text) {
          return text == "cpu" || text == "serial" || text == "cuda";  // dispatch says more of cuda
        }));
    app.add_option("--precision", o.precision, "fp32, or bf16 (storage and matmul in bf16)")
        ->check(one_of({"fp32", "bf16"}));
    app.add_option("--threads", o.threads, "0: the cores this process may use")->check(count_from(0));
    app.add_option("--seed", o.seed, "same seed and instruction set: same bits")->check(seed_number());
    app.add_flag("--quiet", o.quiet, "no progress");
  }

  /// --list: prints what there is to choose from and ends; no other option is needed.
  void add_list(const std::string& what, const std::function<std::string()>& text) {
    const auto print = [text] {
      std::cout << text();
      throw CLI::Success();
    };
    app.add_flag_callback("--list", print, what)->trigger_on_parse();
  }

  /// Parses, runs the work, and turns what goes wrong into one line and an exit status: 0 done, 1 failed, 2 wrong
  /// usage, 130 interrupted.
  int run(int argc, char** argv, const std::function<void()>& work) {
    for (int i = 1; i < argc; ++i)
      if (const std::string given = option_name(argv[i]); !given.empty() && !known(given))
        return usage("unknown option " + given + nearest(given));
    try {
      app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      std::cout << "For example:  " << call_ << "\n\n" << app.help();
      return 0;
    } catch (const CLI::CallForVersion& v) {
      std::cout << v.what() << '\n';
      return 0;
    } catch (const CLI::Success&) {
      return 0;
    } catch (const CLI::ParseError& e) {
      return usage(e.what());
    }
    watch_signals();
    try {
      work();
      std::cout.flush();
      if (!std::cout) throw cot::error("standard output cannot be written");
      return 0;
    } catch (const usage_error& e) {
      return usage(e.what());
    } catch (const cot::option_error& e) {
      return usage(e.what());
    } catch (const cot::interrupted& e) {
      std::cerr << name_ << ": " << e.what() << '\n';
      return 130;
    } catch (const std::exception& e) {
      std::cerr << name_ << ": error: " << e.what() << '\n';
      return 1;
    }
  }

 private:
  int usage(const std::string& what) const {
    std::cerr << name_ << ": error: " << what << "\nTry " << name_ << " --help\n";
    return 2;
  }
  /// "--lr" of "--lr=1"; empty for anything else.
  static std::string option_name(const std::string& argument) {
    return argument.starts_with("--") && argument.size() > 2 ? argument.substr(0, argument.find('=')) : "";
  }
  bool known(const std::string& given) {
    for (const CLI::Option* o : app.get_options())
      if (o->check_lname(given.substr(2))) return true;
    return false;
  }
  /// The option that was meant: by the name another trainer gives it, or by at most a third of its letters wrong.
  std::string nearest(std::string given) {
    std::replace(given.begin(), given.end(), '_', '-');
    std::string best;
    for (const auto& [other, ours] : other_names)
      if (given == other && known(std::string(ours))) best = ours;
    std::size_t least = best.empty() ? (given.size() - 1) / 3 + 1 : 0;
    for (const CLI::Option* o : app.get_options())
      for (const std::string& known : o->get_lnames()) {
        const std::size_t d = edit_distance(given, "--" + known);
        if (d < least) least = d, best = "--" + known;
      }
    return best.empty() ? "" : "; the nearest one is " + best;
  }

  std::string name_;
  std::string call_;

 public:
  CLI::App app;
};

}  // namespace programs
