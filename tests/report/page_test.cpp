// Formats, tables, the progress line, and the HTML page.
#include <cotangent/report/html.hpp>
#include <cotangent/report/progress.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include <support/temporary.hpp>

using namespace cot::report;

TEST_CASE("report: numbers as people read them") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK(fixed(1.005, 1) == "1.0");
  CHECK(fixed(-0.001, 2) == "0.00");
  CHECK(fixed(-0.006, 2) == "-0.01");
  CHECK(fixed(nan, 2) == "-");
  CHECK(fixed(-inf, 2) == "-inf");
  CHECK(fixed(1e300, 0).size() == 301);
  CHECK(general(0.00012345, 3) == "0.000123");
  CHECK(signed_fixed(1.25, 2) == "+1.25");
  CHECK(signed_fixed(0.001, 2) == "0.00");
  CHECK(signed_fixed(-3, 1) == "-3.0");
  CHECK(with_unit(950) == "950");
  CHECK(with_unit(999.7) == "1.00k");
  CHECK(with_unit(12345) == "12.3k");
  CHECK(with_unit(4560000) == "4.56M");
  CHECK(duration(41.6) == "42 s");
  CHECK(duration(187) == "3:07");
  CHECK(duration(3723) == "1:02:03");
  CHECK(duration(nan) == "-");
  CHECK(escape_markup("<a href='x'>&\"\x01") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
  CHECK(display_width("häß─") == 4);
}

TEST_CASE("report: tables align by characters and draw rules") {
  table t({{"file", align::left}, {"pairs"}});
  t.add({"größe", "7"}).rule().add({"b", "1379"});
  CHECK(to_text(t) ==
        "file   pairs\n"
        "─────  ─────\n"
        "größe      7\n"
        "─────  ─────\n"
        "b       1379\n");
  CHECK(to_html(t).find("<tr class=\"ruled\"><td>b</td><td class=\"number\">1379</td></tr>") != std::string::npos);
  CHECK_THROWS_AS(t.add({"one"}), cot::shape_error);
}

TEST_CASE("report: the progress line") {
  CHECK(progress_line("embed", 0.5, 12345, 41) == "embed  ████████████░░░░░░░░░░░░  50 %  12.3k tokens/s  41 s left");
  CHECK(progress_line("", 1, 0, -1) == "████████████████████████  100 %");
  CHECK(progress_line("", 0.999, 0, -1).find("  99 %") != std::string::npos);
  CHECK(progress_line("", std::numeric_limits<double>::quiet_NaN(), 0, -1).find("  0 %") != std::string::npos);
  CHECK(progress_line("", 1.7, 0, -1) == progress_line("", 1, 0, -1));
}

TEST_CASE("report: progress is silent where nobody looks") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  {
    progress p({.label = "work", .total = 10, .stream = file});
    p.update(5, 100);
    p.update(10, 200);
  }
  CHECK(std::ftell(file) == 0);
  std::fclose(file);
}

TEST_CASE("report: a page is self-contained, escaped, and written whole") {
  const cot::test::temporary_folder folder;
  html_report page("A <run>", "with & options");
  chart c;
  c.series = {{"x", {{0, 1}, {1, 2}}}};
  page.summary({{"better", 1, 2}, {"worse", 1, 2, 2, false}, {"same", 1, 1.001, 2}, {"open", 1, 2, 2, true, false}})
      .section("Part <1>")
      .text("a < b")
      .add_table(table({{"h"}}).add({"<td>"}))
      .add_chart(c)
      .options("All & everything", {{"--x", "<y>"}});
  const std::string html = page.str();
  for (const char* part :
       {"<h1>A &lt;run&gt;</h1>", "with &amp; options", "<h2>Part &lt;1&gt;</h2>", "a &lt; b", "&lt;td&gt;",
        "All &amp; everything", "&lt;y&gt;", "change better\">▲ +1.00", "change worse\">▲ +1.00",
        "change same\">= 0.00", "change same\">▲ +1.00", "<svg class=\"chart\""})
    CHECK_MESSAGE(html.find(part) != std::string::npos, part);
  for (const char* part : {"<script", "http://", "https://", "url(", "<link"}) {
    std::string without = html;  // the namespace of SVG is a name, not an address that is fetched
    const std::string name = "xmlns=\"http://www.w3.org/2000/svg\"";
    for (auto at = without.find(name); at != std::string::npos; at = without.find(name)) without.erase(at, name.size());
    CHECK_MESSAGE(without.find(part) == std::string::npos, part);
  }
  page.write(folder / "report.html");
  std::ifstream file(folder / "report.html", std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == html);
  CHECK_FALSE(std::filesystem::exists(folder / "report.html.part"));
  CHECK_THROWS_AS(page.write(folder / "absent" / "report.html"), cot::file_error);
}
