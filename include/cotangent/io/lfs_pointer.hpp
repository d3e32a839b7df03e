#pragma once
// Files that a clone without Git LFS holds in place of large ones.

#include <cotangent/core/error.hpp>

#include <string>
#include <string_view>

namespace cot::io {

/// Throws file_error where `bytes`, the beginning of a file at least, are a pointer of Git LFS and not the file itself.
inline void refuse_lfs_pointer(std::string_view bytes, const std::string& path) {
  if (bytes.starts_with("version https://git-lfs"))
    throw file_error(path, file_error::position::none(), "cannot read", "the file itself",
                     "its Git LFS pointer: `git lfs pull` in the clone brings the file");
}

}  // namespace cot::io
