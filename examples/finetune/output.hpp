#pragma once
// The folder that a run of finetune writes.

#include <cotangent/core/error.hpp>
#include <cotangent/train/checkpoint.hpp>

#include <filesystem>
#include <string>
#include <utility>

/// Checkpoints while the run goes on, then the model, and run.json last of all.
class output_folder {
 public:
  explicit output_folder(std::string path) : path_(std::move(path)), checkpoints_(path_ + "/checkpoints") {}

  [[nodiscard]] const cot::train::checkpoint_folder& checkpoints() const { return checkpoints_; }
  [[nodiscard]] bool finished() const { return std::filesystem::exists(path_ + "/run.json"); }

  /// Throws where there are files: those of a run, or others.
  void require_new() const {
    namespace fs = std::filesystem;
    if (!checkpoints_.steps().empty())
      throw cot::error(path_ + ": a run has left checkpoints here: --resume goes on with it, --overwrite begins anew");
    if (fs::exists(path_) && !fs::is_empty(path_))
      throw cot::error(path_ + ": expected a new or an empty folder, got one with files" +
                       (finished() ? ", a finished run; --resume leaves it alone, " : "; ") +
                       "--overwrite replaces the model in it");
  }
  /// Removes what tells of an earlier run; its model stays until a new one replaces it.
  void forget_run() const {
    std::filesystem::remove(path_ + "/run.json");
    std::filesystem::remove_all(checkpoints_.path());
  }

 private:
  std::string path_;
  cot::train::checkpoint_folder checkpoints_;
};
