#pragma once
// `html_report`: a single self-contained page of numbers, tables and charts. No scripts, no network; prints well.

#include <cotangent/core/error.hpp>
#include <cotangent/report/svg.hpp>
#include <cotangent/report/table.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace cot::report {

/// A number before and after, shown large.
struct comparison {
  std::string name;
  double before = 0;
  double after = 0;
  int decimals = 2;
  bool larger_is_better = true;
  bool judged = true;  ///< false: the change is shown without saying whether it is good
};

/// Parts appear in the order of the calls. Every text is escaped.
class html_report {
 public:
  explicit html_report(std::string title, std::string subtitle = {})
      : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

  html_report& section(std::string_view heading) { return add("<h2>" + escape_markup(heading) + "</h2>\n"); }
  html_report& text(std::string_view paragraph) { return add("<p>" + escape_markup(paragraph) + "</p>\n"); }
  html_report& add_table(const table& t) { return add("<div class=\"scroll\">" + to_html(t) + "</div>\n"); }
  html_report& add_chart(const chart& c) { return add("<figure>" + to_svg(c) + "</figure>\n"); }

  /// Cards, one a number: its value after, with the change beside it.
  html_report& summary(const std::vector<comparison>& numbers) {
    std::string cards = "<div class=\"cards\">\n";
    for (const comparison& c : numbers) {
      const std::string change = signed_fixed(c.after - c.before, c.decimals);
      const bool moved = change.find_first_not_of("-+0.") != std::string::npos;
      const bool better = (c.after > c.before) == c.larger_is_better;
      const std::string kind = !moved || !c.judged ? "same" : better ? "better" : "worse";
      const std::string arrow = !moved ? "=" : c.after > c.before ? "▲" : "▼";
      cards += "<div class=\"card\"><div class=\"name\">" + escape_markup(c.name) + "</div><div class=\"value\">" +
               fixed(c.after, c.decimals) + "</div><div class=\"change " + kind + "\">" + arrow + " " + change +
               " <span>from " + fixed(c.before, c.decimals) + "</span></div></div>\n";
    }
    return add(cards + "</div>\n");
  }

  /// Names and values of the settings of a run, closed until opened.
  html_report& options(std::string_view heading, const std::vector<std::pair<std::string, std::string>>& values) {
    std::string rows = "<details><summary>" + escape_markup(heading) + "</summary><table class=\"options\"><tbody>\n";
    for (const auto& [name, value] : values)
      rows += "<tr><th>" + escape_markup(name) + "</th><td>" + escape_markup(value) + "</td></tr>\n";
    return add(rows + "</tbody></table></details>\n");
  }

  [[nodiscard]] std::string str() const {
    std::string page =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\">\n";
    page += "<title>" + escape_markup(title_) + "</title>\n<style>" + std::string(page_style()) +
            std::string(chart_style()) + "</style></head>\n<body><main>\n";
    page += "<header><h1>" + escape_markup(title_) + "</h1>\n";
    if (!subtitle_.empty()) page += "<p class=\"subtitle\">" + escape_markup(subtitle_) + "</p>\n";
    return page + "</header>\n" + body_ + "</main></body></html>\n";
  }

  /// Writes the page whole or not at all: beside its place first, then renamed.
  void write(const std::filesystem::path& path) const {
    std::filesystem::path beside = path;
    beside += ".part";
    {
      std::ofstream file(beside, std::ios::binary);
      file << str();
      if (!file.flush()) {
        file.close();
        std::error_code ignored;
        std::filesystem::remove(beside, ignored);
        throw file_error(path.string(), file_error::position::none(), "cannot write report",
                         "a writable folder with room");
      }
    }
    std::error_code failed;
    std::filesystem::rename(beside, path, failed);
    if (failed)
      throw file_error(path.string(), file_error::position::none(), "cannot rename report", "a writable folder",
                       failed.message());
  }

 private:
  html_report& add(const std::string& html) {
    body_ += html;
    return *this;
  }

  static std::string_view page_style() {
    return R"(:root{color-scheme:light dark;--ink:#1f2933;--soft:#66727f;--rule:#dfe4e9;--paper:#f6f7f9;--sheet:#ffffff;--good:#00704e;--bad:#b8440a}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#98a4b0;--rule:#2b333c;--paper:#0f1317;--sheet:#161b21;--good:#3fc79a;--bad:#f2914e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 Inter,"Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif}
main{max-width:824px;margin:0 auto;padding:44px 24px 72px}
h1{font-size:27px;line-height:1.25;letter-spacing:-.015em;margin:0}
h2{font-size:18px;letter-spacing:-.005em;margin:44px 0 12px}
p{margin:10px 0;max-width:68ch}
.subtitle{color:var(--soft);margin:6px 0 0}
header{margin-bottom:30px}
figure{margin:16px 0;padding:12px;background:var(--sheet);border:1px solid var(--rule);border-radius:10px;break-inside:avoid}
figure .chart{width:100%}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(178px,1fr));gap:12px;margin:16px 0}
.card{display:flex;flex-direction:column;background:var(--sheet);border:1px solid var(--rule);border-radius:10px;padding:14px 16px;break-inside:avoid}
.card .name{flex:1;color:var(--soft);font-size:13px}
.card .value{font-size:28px;font-weight:600;letter-spacing:-.02em;font-variant-numeric:tabular-nums;margin:2px 0}
.card .change{font-size:13px;font-weight:600;font-variant-numeric:tabular-nums}
.card .change span{color:var(--soft);font-weight:400}
.better{color:var(--good)}.worse{color:var(--bad)}.same{color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:14px 0;background:var(--sheet);border:1px solid var(--rule);border-radius:10px;overflow:hidden;border-spacing:0;font-size:14px}
th,td{padding:8px 14px;text-align:left;border-top:1px solid var(--rule)}
thead th{border-top:0;color:var(--soft);font-size:12.5px;font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums}
.ruled td{border-top:2px solid var(--soft);font-weight:600}
details{margin:20px 0}
summary{cursor:pointer;color:var(--soft);font-size:14px}
.options th{font-weight:500;color:var(--soft);width:38%}
.options td{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:13px;overflow-wrap:anywhere}
@media print{body{background:#fff}main{padding:0}}
)";
  }

  std::string title_;
  std::string subtitle_;
  std::string body_;
};

}  // namespace cot::report
