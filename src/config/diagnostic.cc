#include "config/diagnostic.h"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>
#include <utility>

#include "config/printable.h"

namespace stead::config {
namespace {

boost::json::object place(const Span& span) {
  return {{"line", span.begin.line},
          {"column", span.begin.column},
          {"end_line", span.end.line},
          {"end_column", span.end.column}};
}

boost::json::object to_object(const Diagnostic& diagnostic) {
  boost::json::object object = place(diagnostic.span);
  object["severity"] = diagnostic.severity() == Severity::Error ? "error" : "warning";
  object["code"] = info(diagnostic.code).id;
  object["message"] = printable(diagnostic.message);
  object["file"] = printable(diagnostic.file);
  object["label"] = printable(diagnostic.label);
  object["why"] = printable(diagnostic.reason());
  object["help"] = printable(diagnostic.help);
  object["replacement"] = printable(diagnostic.replacement);
  boost::json::array related;
  for (const Label& label : diagnostic.related) {
    boost::json::object other = place(label.span);
    other["text"] = printable(label.text);
    related.push_back(std::move(other));
  }
  object["related"] = std::move(related);
  return object;
}

}  // namespace

Severity Diagnostic::severity() const { return info(code).id.starts_with('W') ? Severity::Warning : Severity::Error; }

void Report::add(Diagnostic diagnostic) {
  diagnostic.file = file_;
  if (diagnostic.severity() == Severity::Error) ++errors_;
  diagnostics_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Report::take() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.begin.line, a.span.begin.column) < std::tie(b.span.begin.line, b.span.begin.column);
  });
  errors_ = 0;
  return std::exchange(diagnostics_, {});
}

bool has_errors(std::span<const Diagnostic> diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity() == Severity::Error; });
}

std::string to_json(std::span<const Diagnostic> diagnostics) {
  boost::json::array array;
  for (const Diagnostic& diagnostic : diagnostics) array.push_back(to_object(diagnostic));
  return boost::json::serialize(array);
}

}  // namespace stead::config
