// Diagnostics as text for a person, in the shape that rustc made familiar.
//
//   error[E0101]: unknown key `member` in [pool.api]
//     --> shop.toml:12:1
//      |
//   12 | member = ["app-1:8000"]
//      | ^^^^^^ did you mean `members`?
//      |
//      = why: …
//      = help: …
#include <algorithm>
#include <string>

#include "config/diagnostic.h"
#include "config/hide_secrets.h"
#include "config/printable.h"
#include "config/source_line.h"

namespace stead::config {
namespace {

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReset = "\x1b[0m";

// Longer lines are cut: the reader opens the file anyway, and a megabyte on one line helps no one.
constexpr std::size_t kMaxColumns = 160;
class Painter {
 public:
  Painter(std::string_view text, bool colour) : text_(text), colour_(colour) {}

  void paint(const Diagnostic& diagnostic) {
    const bool error = diagnostic.severity() == Severity::Error;
    const std::string_view colour = error ? kRed : kYellow;
    style(colour, std::string(error ? "error" : "warning") + "[" + std::string(info(diagnostic.code).id) + "]");
    style(kBold, ": " + printable(diagnostic.message));
    out_ += '\n';
    measure_margin(diagnostic);
    place(diagnostic);
    if (diagnostic.span.known()) snippets(diagnostic, colour);
    remark("why", diagnostic.reason());
    remark("help", diagnostic.help);
    out_ += '\n';
  }

  void count(std::size_t errors, std::size_t warnings) {
    const auto words = [](std::size_t number, std::string_view noun) {
      return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
    };
    if (errors > 0) out_ += words(errors, "error");
    if (errors > 0 && warnings > 0) out_ += ", ";
    if (warnings > 0) out_ += words(warnings, "warning");
    out_ += '\n';
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void style(std::string_view colour, std::string_view text) {
    if (colour_) out_ += colour;
    out_ += text;
    if (colour_) out_ += kReset;
  }

  // The line numbers' column is as wide as the largest number shown.
  void measure_margin(const Diagnostic& diagnostic) {
    std::uint32_t largest = diagnostic.span.begin.line;
    for (const Label& label : diagnostic.related) largest = std::max(largest, label.span.begin.line);
    margin_ = std::string(std::to_string(largest).size(), ' ');
  }

  void place(const Diagnostic& diagnostic) {
    out_ += margin_;
    style(kBlue, "--> ");
    out_ += printable(diagnostic.file);
    if (diagnostic.span.known()) {
      out_ += ':' + std::to_string(diagnostic.span.begin.line) + ':' + std::to_string(diagnostic.span.begin.column);
    }
    out_ += '\n';
  }

  void bar() { style(kBlue, margin_ + " |"); }

  // All places in the order of the file, with "..." where lines are left out between two.
  void snippets(const Diagnostic& diagnostic, std::string_view colour) {
    struct Place {
      Span span;
      std::string_view text;
      bool primary;
    };
    std::vector<Place> places{{diagnostic.span, diagnostic.label, true}};
    for (const Label& label : diagnostic.related) places.push_back({label.span, label.text, false});
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.span.begin.line < b.span.begin.line; });
    bar();
    out_ += '\n';
    std::uint32_t shown = 0;
    for (const Place& place : places) {
      if (place.span.begin.line != shown) {
        if (shown != 0 && place.span.begin.line > shown + 1) style(kBlue, "...\n");
        source(place.span.begin.line);
      }
      shown = place.span.begin.line;
      underline(place.span, place.text, place.primary ? '^' : '-', place.primary ? colour : kBlue);
    }
    bar();
    out_ += '\n';
  }

  void source(std::uint32_t line) {
    const std::string number = std::to_string(line);
    style(kBlue, std::string(margin_.size() - number.size(), ' ') + number + " | ");
    out_ += printable(source_line(text_, line), kMaxColumns);
    out_ += '\n';
  }

  void underline(const Span& span, std::string_view text, char mark, std::string_view colour) {
    const std::size_t begin = std::min<std::size_t>(span.begin.column > 0 ? span.begin.column - 1 : 0, kMaxColumns);
    std::size_t width = 1;
    if (span.end.line == span.begin.line && span.end.column > span.begin.column) {
      width = span.end.column - span.begin.column;
    } else if (span.end.line > span.begin.line) {
      const std::size_t length = code_points(source_line(text_, span.begin.line));
      width = length > begin ? length - begin : 1;
    }
    width = std::min(width, kMaxColumns + 1 - begin);
    bar();
    out_ += std::string(begin + 1, ' ');
    std::string marks(width, mark);
    if (!text.empty()) marks += " " + printable(text);
    style(colour, marks);
    out_ += '\n';
  }

  void remark(std::string_view kind, std::string_view text) {
    if (text.empty()) return;
    out_ += margin_;
    style(kBlue, " = ");
    style(kBold, std::string(kind) + ": ");
    out_ += printable(text);
    out_ += '\n';
  }

  std::string_view text_;
  bool colour_;
  std::string margin_;
  std::string out_;
};

}  // namespace

std::string render(std::span<const Diagnostic> diagnostics, std::string_view text, bool colour) {
  if (diagnostics.empty()) return {};
  const std::string shown = with_secrets_hidden(text);
  Painter painter(shown, colour);
  std::size_t errors = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    painter.paint(diagnostic);
    errors += diagnostic.severity() == Severity::Error ? 1 : 0;
  }
  painter.count(errors, diagnostics.size() - errors);
  return painter.take();
}

}  // namespace stead::config
