#pragma once
// Files and folders that options name, looked at before the work begins: nobody trains for an hour towards a report
// that cannot be written.

#include "common.hpp"

#include <cotangent/core/error.hpp>
#include <cotangent/io/atomic_file.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

namespace programs {

namespace detail {

[[noreturn]] inline void cannot_write(const std::string& path, const std::string& reason) {
  throw cot::file_error(path, cot::file_error::position::none(), "cannot write", {}, reason);
}

inline void require_writable(const std::string& folder, const std::string& path) {
  if (::access(folder.c_str(), W_OK | X_OK) != 0) cannot_write(path, std::strerror(errno));
}

}  // namespace detail

/// Whether "-" means standard output.
enum class dash { refuse, standard_output };

/// An option's output file, if it is given: missing folders are made.
inline void prepare_output(const std::string& option, const std::string& path, dash minus = dash::refuse) {
  if (path.empty() || (path == "-" && minus == dash::standard_output)) return;
  if (path == "-") throw usage_error(option + ": expected the name of a file, got -");
  if (path.ends_with('/') || std::filesystem::is_directory(path)) detail::cannot_write(path, "it is a folder");
  const std::string folder = cot::io::folder_of(path);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) detail::cannot_write(path, failed.message());
  detail::require_writable(folder, path);
}

/// An option's output folder: it, or the nearest folder above it that is there, must take files. Nothing is made.
inline void check_output_folder(const std::string& path) {
  namespace fs = std::filesystem;
  if (fs::exists(path) && !fs::is_directory(path)) detail::cannot_write(path, "a file has that name");
  fs::path there = fs::absolute(path).lexically_normal();
  while (!fs::exists(there) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there)) detail::cannot_write(path, there.string() + " is no folder");
  detail::require_writable(there.string(), path);
}

/// Refuses a folder that holds only the checkpoints of a run that has not finished.
inline void check_model_folder(const std::string& path) {
  namespace fs = std::filesystem;
  if (fs::exists(path + "/checkpoints") && !fs::exists(path + "/config.json"))
    throw cot::file_error(path, cot::file_error::position::none(), "no model", "a finished run",
                          "the checkpoints of an unfinished one: the call of finetune that began it, with --resume, "
                          "finishes it");
}

}  // namespace programs
