#pragma once
// A folder that appears whole or not at all.

#include <cotangent/core/error.hpp>
#include <cotangent/io/atomic_file.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace cot::io {

/// What `atomic_folder::commit` does with what is already at the path.
enum class publication {
  create,   // nothing but an empty folder may be there
  replace,  // the old folder goes, in one exchange
  merge     // each staged entry replaces its namesake; other entries stay (a training run with its checkpoints)
};

/// Stages files in a folder beside its path; `commit` synchronises them all and renames. Without a commit the staged
/// files are removed and what was at the path stays as it was.
class atomic_folder {
 public:
  /// Throws `file_error` where the policy forbids what is at the path, or no folder can be made beside it.
  explicit atomic_folder(std::string path, publication policy = publication::create)
      : path_(trimmed(std::move(path))), policy_(policy) {
    check_target();
    std::error_code failed;
    std::filesystem::create_directories(folder_of(path_), failed);
    do {
      staged_ = name_beside(path_);
    } while (!std::filesystem::create_directory(staged_, failed) && !failed);
    if (failed) fail("cannot create a folder", failed.message());
  }
  atomic_folder(const atomic_folder&) = delete;
  atomic_folder& operator=(const atomic_folder&) = delete;
  ~atomic_folder() {
    std::error_code ignored;
    if (!staged_.empty()) std::filesystem::remove_all(staged_, ignored);
  }

  /// Where to write: `folder / "config.json"`. Parent folders within are made.
  [[nodiscard]] std::string operator/(std::string_view name) const {
    const std::string path = staged_ + "/" + std::string(name);
    std::error_code ignored;
    std::filesystem::create_directories(folder_of(path), ignored);
    return path;
  }
  [[nodiscard]] const std::string& staged() const noexcept { return staged_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Publishes. `last` (for `merge`) names the entry that is moved after all others: the one whose presence tells a
  /// reader that the folder is whole.
  void commit(std::string_view last = {}) {
    check_target();
    synchronise();
    std::error_code failed;
    if (policy_ == publication::merge && std::filesystem::is_directory(path_)) {
      merge(last);
    } else if (policy_ == publication::replace && std::filesystem::exists(path_)) {
      replace();
    } else {
      std::filesystem::rename(staged_, path_, failed);
      if (failed) fail("cannot rename the finished folder", failed.message());
    }
    staged_.clear();
    synchronise_folder(folder_of(path_));
  }

 private:
  static std::string trimmed(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }
  [[noreturn]] void fail(std::string_view what, std::string_view got, std::string_view expected = {}) const {
    throw file_error(path_, file_error::position::none(), what, expected, got);
  }
  void check_target() const {
    std::error_code ignored;
    const auto status = std::filesystem::status(path_, ignored);
    if (!std::filesystem::exists(status)) return;
    if (!std::filesystem::is_directory(status)) fail("cannot write a folder", "a file of that name", "a new name");
    if (policy_ == publication::create && !std::filesystem::is_empty(path_, ignored)) {
      fail("cannot write a folder", "a folder that is not empty", "a new or an empty folder");
    }
  }
  void synchronise() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(staged_)) {
      const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      if (descriptor < 0) continue;
      ::fsync(descriptor);
      ::close(descriptor);
    }
    synchronise_folder(staged_);
  }
  void replace() {
#if defined(RENAME_EXCHANGE)
    if (::renameat2(AT_FDCWD, staged_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) {
      std::error_code ignored;
      std::filesystem::remove_all(staged_, ignored);
      return;
    }
#endif
    std::error_code failed;
    const std::string old = name_beside(path_);  // a file system without the exchange: two renames
    std::filesystem::rename(path_, old, failed);
    if (failed) fail("cannot move the old folder aside", failed.message());
    std::filesystem::rename(staged_, path_, failed);
    if (failed) {
      const std::string reason = failed.message();
      std::filesystem::rename(old, path_, failed);
      fail("cannot rename the finished folder", reason);
    }
    std::filesystem::remove_all(old, failed);
  }
  void merge(std::string_view last) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(staged_)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end(), [last](const std::string& a, const std::string& b) {
      return std::pair(a == last, std::string_view(a)) < std::pair(b == last, std::string_view(b));
    });
    for (const std::string& name : names) {
      const std::string from = staged_ + "/" + name, to = path_ + "/" + name;
      std::error_code failed;
      std::string old;
      if (std::filesystem::is_directory(to) || (std::filesystem::is_directory(from) && std::filesystem::exists(to))) {
        old = name_beside(to);
        std::filesystem::rename(to, old, failed);
        if (failed) fail("cannot replace " + name, failed.message());
      }
      std::filesystem::rename(from, to, failed);
      if (failed) fail("cannot move " + name + " into place", failed.message());
      if (!old.empty()) std::filesystem::remove_all(old, failed);
    }
    std::error_code ignored;
    std::filesystem::remove_all(staged_, ignored);
    synchronise_folder(path_);
  }

  std::string path_;
  publication policy_;
  std::string staged_;
};

}  // namespace cot::io
