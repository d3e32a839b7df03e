// Files and folders appear whole or not at all; maps are read only and checked.
#include "refusal.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/atomic_folder.hpp>
#include <cotangent/io/mapped_file.hpp>
#include <cotangent/io/utf8.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

using cot::io::atomic_file;
using cot::io::atomic_folder;
using cot::io::publication;
using cot::test::bytes_of;
using cot::test::entries_below;
using cot::test::put_bytes;

TEST_CASE("io: a file is published by commit alone") {
  const cot::test::temporary_folder folder;
  const std::string path = folder / "a.txt";
  {
    atomic_file file(path);
    file.write("new");
    CHECK(!std::filesystem::exists(path));
    CHECK(entries_below(folder.path()) == 1);
  }
  CHECK(entries_below(folder.path()) == 0);
  put_bytes(path, "old");
  const cot::io::mapped_file map(path);
  try {
    atomic_file file(path);
    file.write(std::string(1 << 20, 'x'));
    throw std::runtime_error("on the way");
  } catch (const std::runtime_error&) {}
  CHECK(bytes_of(path) == "old");
  CHECK(entries_below(folder.path()) == 1);
  atomic_file file(path);
  file.write("new ");
  file.write(std::string(1 << 19, 'y'));
  file.write("end");
  file.overwrite(0, "NEW");
  CHECK(file.size() == (1 << 19) + 7);
  cot::test::check_refused("overwrite", [&] { file.overwrite(file.size() - 1, "ab"); }, "a.txt", file.size() - 1,
                           {"bytes already written"});
  file.commit();
  CHECK(bytes_of(path) == "NEW " + std::string(1 << 19, 'y') + "end");
  CHECK(entries_below(folder.path()) == 1);
  CHECK(std::string(reinterpret_cast<const char*>(map.bytes().data()), map.size()) == "old");
}

TEST_CASE("io: a published file has the rights of an ordinary one") {
  const cot::test::temporary_folder folder;
  cot::io::write_file(folder / "a", "x");
  put_bytes(folder / "b", "x");
  struct ::stat ours{}, ordinary{};
  CHECK(::stat((folder / "a").c_str(), &ours) == 0);
  CHECK(::stat((folder / "b").c_str(), &ordinary) == 0);
  CHECK(ours.st_mode == ordinary.st_mode);
}

TEST_CASE("io: files that cannot be written") {
  const cot::test::temporary_folder folder;
  const auto refuse = [](const std::string& path, const char* word) {
    cot::test::check_refused(path, [&] { atomic_file file(path); }, path, cot::test::any_place, {word});
  };
  refuse(folder.path(), "the name of a file, got a folder");
  refuse((folder / "a").string() + "/", "the name of a file");
  refuse(folder / "no/a", "No such file");
  refuse("", "the name of a file");
  put_bytes(folder / "file", "x");
  refuse(folder / "file/a", "Not a directory");
  CHECK(entries_below(folder.path()) == 1);
}

TEST_CASE("io: maps") {
  const cot::test::temporary_folder folder;
  put_bytes(folder / "a", "abc");
  put_bytes(folder / "empty", "");
  cot::io::mapped_file a(folder / "a");
  CHECK(a.size() == 3);
  CHECK(std::to_integer<char>(a.bytes()[2]) == 'c');
  const cot::io::mapped_file moved(std::move(a));
  CHECK(moved.size() == 3);
  CHECK(cot::io::mapped_file(folder / "empty").bytes().empty());
  const auto refuse = [](const std::string& path, const char* word) {
    cot::test::check_refused(path, [&] { const cot::io::mapped_file file(path); }, path, cot::test::any_place, {word});
  };
  refuse(folder / "absent", "No such file");
  refuse(folder.path(), "a regular file, got a folder");
  refuse("/dev/null", "a regular file, got something else");
}

TEST_CASE("io: a folder is published by commit alone") {
  const cot::test::temporary_folder folder;
  const std::string path = folder / "model";
  {
    const atomic_folder staged(path);
    put_bytes(staged / "1_Pooling/config.json", "x");
    CHECK(!std::filesystem::exists(path));
  }
  CHECK(entries_below(folder.path()) == 0);
  {
    atomic_folder staged(path + "/");
    put_bytes(staged / "a", "1");
    put_bytes(staged / "b/c", "2");
    staged.commit();
  }
  CHECK(bytes_of(folder / "model/b/c") == "2");
  CHECK(entries_below(folder.path()) == 4);
  cot::test::check_refused("not empty", [&] { const atomic_folder staged(path); }, path, cot::test::any_place,
                           {"a new or an empty folder, got a folder that is not empty"});
  cot::test::check_refused("a file", [&] { const atomic_folder staged(path + "/a"); }, path, cot::test::any_place,
                           {"a file of that name"});
  CHECK(entries_below(folder.path()) == 4);
}

TEST_CASE("io: a folder is replaced or merged") {
  const cot::test::temporary_folder folder;
  const std::string path = folder / "model";
  put_bytes(folder / "model/old", "old");
  put_bytes(folder / "model/both", "old");
  put_bytes(folder / "model/inside/old", "old");
  {
    const atomic_folder staged(path, publication::merge);
    put_bytes(staged / "both", "new");
  }
  CHECK(bytes_of(folder / "model/both") == "old");
  {
    atomic_folder staged(path, publication::merge);
    put_bytes(staged / "both", "new");
    put_bytes(staged / "inside/new", "new");
    staged.commit("both");
  }
  CHECK(bytes_of(folder / "model/both") == "new");
  CHECK(bytes_of(folder / "model/old") == "old");
  CHECK(bytes_of(folder / "model/inside/new") == "new");
  CHECK(!std::filesystem::exists(folder / "model/inside/old"));
  {
    atomic_folder staged(path, publication::replace);
    put_bytes(staged / "only", "new");
    staged.commit();
  }
  CHECK(bytes_of(folder / "model/only") == "new");
  CHECK(entries_below(folder.path()) == 2);
}

TEST_CASE("io: foreign text is made fit for one line") {
  CHECK(cot::io::printable("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(cot::io::printable(std::string("a\0b\n\x7F\xFF", 6)) == "a\\x00b\\x0a\\x7f\\xff");
  CHECK(cot::io::printable(std::string(200, 'x'), 10) == "xxxxxxxxxx...");
}
