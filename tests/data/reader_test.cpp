// Lines and tables: what is read, and what is refused with which line.

#include <cotangent/core/error.hpp>
#include <cotangent/data/lines.hpp>
#include <cotangent/data/sts_pairs.hpp>
#include <cotangent/data/training_rows.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <support/data.hpp>
#include <support/temporary.hpp>

namespace {

using cot::data::empty_lines;
using cot::data::lines;
using cot::data::read_sts_pairs;
using cot::data::read_training_rows;
using strings = std::vector<std::string>;

/// A folder that writes files into itself.
struct folder : cot::test::temporary_folder {
  std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(path() / name, std::ios::binary) << text;
    return (path() / name).string();
  }
};

struct refusal {
  std::string_view text;
  std::string_view message;
};

void check_refused(const std::vector<refusal>& table, const std::function<void(const std::string&)>& read) {
  const folder where;
  for (const refusal& row : table) {
    CAPTURE(row.message);
    const std::string path = where.file("file.txt", row.text);
    try {
      read(path);
      FAIL_CHECK("no exception");
    } catch (const cot::file_error& e) {
      const std::string_view text = e.what();
      CAPTURE(text);
      CHECK(e.path() == path);
      CHECK(text.find(row.message) != std::string_view::npos);
    }
  }
}

}  // namespace

TEST_CASE("lines: both line ends, a byte-order mark, a last line without end") {
  const folder where;
  CHECK(lines(where.file("a", "one\ntwo\r\nthree")) == strings{"one", "two", "three"});
  CHECK(lines(where.file("b", "\xEF\xBB\xBFone\n")) == strings{"one"});
  CHECK(lines(where.file("c", " \n\t\n\xEF\xBB\xBFx\n")) == strings{" ", "\t", "\xEF\xBB\xBFx"});
  CHECK(lines(where.file("d", "a\n\n\r\nb\n\n"), empty_lines::skip) == strings{"a", "b"});
  CHECK(lines(where.file("e", "a\rb\n")) == strings{"a\rb"});
}

TEST_CASE("lines: lines longer than any buffer, and as many as there are") {
  const folder where;
  std::string text;
  strings expected;
  for (std::size_t i = 0; i < 50; ++i) {
    expected.push_back(std::string(i * i * 173 + 1, static_cast<char>('a' + static_cast<char>(i % 26))));
    text += expected.back() + (i % 2 ? "\n" : "\r\n");
  }
  CHECK(lines(where.file("long", text)) == expected);
}

TEST_CASE("lines: faults are named with their line") {
  check_refused({{"", "expected at least one line, got none"},
                 {"a\n\nb\n", ":2: expected text, got an empty line"},
                 {"a\r\n\r\n", ":2: expected text, got an empty line"},
                 {"\xEF\xBB\xBF", "expected text, got an empty line"},
                 {"a\nb\nc\xC3(\n", ":3: expected UTF-8, got byte 195 in column 2"},
                 {"a\nb\xE2\x82", ":2: expected UTF-8, got byte 226 in column 2"}},
                [](const std::string& path) { static_cast<void>(lines(path)); });
  check_refused({{"\n\n", "expected at least one line"}},
                [](const std::string& path) { static_cast<void>(lines(path, empty_lines::skip)); });
  const folder where;
  CHECK_THROWS_WITH_AS(static_cast<void>(lines((where / "absent").string())),
                       ((where / "absent").string() + ": cannot open: No such file or directory").c_str(),
                       cot::file_error);
  CHECK_THROWS_AS(static_cast<void>(lines(where.path().string())), cot::file_error);
}

TEST_CASE("sts_pairs: rows with and without a header, in any order of its names") {
  const folder where;
  const auto plain = read_sts_pairs(where.file("a.tsv", "3.5\tone \"two\"\tthree\n0\tx\ty\n"));
  CHECK(plain.scores == std::vector<double>{3.5, 0});
  CHECK(plain.first == strings{"one \"two\"", "x"});
  CHECK(plain.second == strings{"three", "y"});
  CHECK(plain.blocks.empty());
  const auto named = read_sts_pairs(where.file("b.tsv", "sentence2\tscore\tsentence1\nb\t1e-1\ta\n"));
  CHECK(named.scores == std::vector<double>{0.1});
  CHECK(named.first == strings{"a"});
  CHECK(named.second == strings{"b"});
  CHECK(read_sts_pairs(where.file("c.tsv", "1\ta\t\n2\tb\tc\n"), empty_lines::skip).scores == std::vector<double>{2});
}

TEST_CASE("sts_pairs: parts of a file begin at lines that name them") {
  const folder where;
  const auto pairs = read_sts_pairs(where.file("a.tsv", "# first\n1\ta\tb\n2\ta\tb\n# the second\n3\t# c\td\n"));
  REQUIRE(pairs.blocks.size() == 2);
  CHECK(pairs.blocks[0].name == "first");
  CHECK(pairs.blocks[0].first == 0);
  CHECK(pairs.blocks[1].name == "the second");
  CHECK(pairs.blocks[1].first == 2);
  CHECK(pairs.first[2] == "# c");
}

TEST_CASE("sts_pairs: faults are named with their line") {
  check_refused({{"", "expected at least one row"},
                 {"score\tsentence1\tsentence2\n", "expected at least one row"},
                 {"1\ta\tb\n2\tc\n", ":2: expected 3 columns, got 2"},
                 {"1\ta\tb\n2\tc\td\te\n", ":2: expected 3 columns, got 4"},
                 {"1\ta\n", ":1: expected 3 columns (score, sentence 1, sentence 2), got 2"},
                 {"nan\ta\tb\n", ":1: expected a finite number, got \"nan\""},
                 {"1\ta\tb\ninf\ta\tb\n", ":2: expected a finite number, got \"inf\""},
                 {"1e999\ta\tb\n", ":1: expected a finite number"},
                 {"1,5\ta\tb\n", ":1: expected a finite number, got \"1,5\""},
                 {" 1\ta\tb\n", ":1: expected a finite number"},
                 {"1\ta\tb\n\n2\tc\td\n", ":2: expected text, got an empty line"},
                 {"1\ta\t\n", "column 3 at"},
                 {"1\ta\tb\n# late\n2\ta\tb\n", "expected a part from the first row on"},
                 {"# a\n1\ta\tb\n# b\n", "part \"b\""},
                 {"anchor\tpositive\tnegative\na\tb\tc\n", "expected score, sentence1, sentence2"}},
                [](const std::string& path) { static_cast<void>(read_sts_pairs(path)); });
}

TEST_CASE("training_rows: any number of columns, in files one after the other") {
  const folder where;
  const std::string a = where.file("a.tsv", "anchor\tpositive\thard_negative\na1\tp1\tn1\n"),
                    b = where.file("b.tsv", "a2\tp2\tn2\na3\tp3\tn3\n");
  const auto rows = read_training_rows({a, b, a});
  CHECK(rows.rows() == 4);
  REQUIRE(rows.files().size() == 3);
  CHECK(rows.files()[0].header);
  CHECK_FALSE(rows.files()[1].header);
  CHECK(rows.files()[1].rows == 2);
  CHECK(rows.columns() == 3);
  CHECK(rows.text(0, 0) == "a1");
  CHECK(rows.text(1, 1) == "p2");
  CHECK(rows.text(2, 2) == "n3");
  CHECK(rows.text(3, 2) == "n1");
  const auto turned =
      read_training_rows({where.file("c.tsv", "negative_2\tpositive\tnegative_1\tanchor\nn2\tp\tn1\ta\n")});
  CHECK(turned.text(0, 0) == "a");
  CHECK(turned.text(0, 1) == "p");
  CHECK(turned.text(0, 2) == "n2");
  CHECK(read_training_rows({where.file("d.txt", "one\ntwo\n")}).columns() == 1);
  CHECK(read_training_rows({where.file("e.tsv", "anchor\tother\nx\ty\n")}).rows() ==
        2);  // not a header: "other" is unknown
}

TEST_CASE("training_rows: scores and labels where a header names them") {
  const folder where;
  const auto scored = read_training_rows({where.file("a.tsv", "score\tsentence1\tsentence2\n2.5\ta\tb\n1\tc\td\n")});
  CHECK(scored.columns() == 2);
  CHECK(std::vector<double>(scored.scores().begin(), scored.scores().end()) == std::vector<double>{2.5, 1});
  const auto labelled = read_training_rows({where.file("b.tsv", "label\ttext\nsport\ta\nart\tb\nsport\tc\n")});
  CHECK(labelled.columns() == 1);
  CHECK(std::vector<std::int32_t>(labelled.labels().begin(), labelled.labels().end()) ==
        std::vector<std::int32_t>{0, 1, 0});
}

TEST_CASE("training_rows: faults are named with file and line") {
  check_refused({{"", "expected at least one row"},
                 {"anchor\tpositive\n", "expected at least one row"},
                 {"a\tb\nc\n", ":2: expected 2 columns, got 1"},
                 {"a\tb\nc\t\n", "column 2 at"},
                 {"label\tscore\n1\t2\n", "expected a column of texts"},
                 {"score\ttext\nhigh\tb\n", ":2: expected a finite number"}},
                [](const std::string& path) { static_cast<void>(read_training_rows({path})); });
  check_refused({{"{\"anchor\": \"a\"}\n", ":1: expected texts separated by tabs, got a JSON object"},
                 {"3.5\ta\tb\n0\tc\td\n", "column 1 at"},
                 {"a\t1\nb\t2e0\n", ":1: expected texts, got numbers in every row"},
                 {"similarity\tone\tother\n1\ta\tb\n0\tc\td\n", "numbers below \"similarity\""}},
                [](const std::string& path) { static_cast<void>(read_training_rows({path})); });
  const folder where;
  CHECK(read_training_rows({where.file("years.tsv", "1984\ta\n2001 again\tb\n")}).rows() == 2);
  const std::string two = where.file("two.tsv", "a\tb\n");
  check_refused({{"a\tb\tc\n", ":1: expected the columns of"},
                 {"score\tsentence1\tsentence2\n1\ta\tb\n", "got 2 of texts, a score"}},
                [&](const std::string& path) { static_cast<void>(read_training_rows({two, path})); });
  CHECK_THROWS_AS(static_cast<void>(read_training_rows({})), cot::option_error);
}

TEST_CASE("data: real tables hold as many rows as their list says") {
  struct table {
    const char* name;
    cot::index rows;
  };
  if (!cot::test::data()) {
    MESSAGE("skipped: no data folder");
    return;
  }
  for (const table& t : {table{"sts/STSB-dev.tsv", 1500}, table{"sts/STSB-test.tsv", 1379},
                         table{"sts/SICKR-trial.tsv", 500}, table{"sts/SICKR-test.tsv", 4927}})
    CHECK(read_sts_pairs(cot::test::data(t.name)->string()).size() == t.rows);
  const auto triples = read_training_rows({cot::test::data("nli/snli_triples_validation.tsv")->string(),
                                           cot::test::data("nli/snli_triples_test.tsv")->string()});
  CHECK(triples.rows() == 2866 + 2849);
  CHECK(triples.columns() == 3);
  CHECK(lines(cot::test::data("text/wiki_en_4951.txt")->string()).size() == 4951);
}
