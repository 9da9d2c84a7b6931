// What is wrong with a file, in a form that people and tools can both use: where exactly, why it matters, what to write
// instead.
//
// Columns count code points, as editors do. Text from the file is made harmless for a terminal when it is rendered, not
// before: a diagnostic holds what was written.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/codes.h"
#include "config/model.h"

namespace stead::config {

// From `begin` up to and not including `end`.
struct Span {
  Position begin;
  Position end;
  [[nodiscard]] bool known() const { return begin.line != 0; }
};

enum class Severity : std::uint8_t { Error, Warning };

// Another place that the reader should look at: "the first is here".
struct Label {
  Span span;
  std::string text;
};

struct Diagnostic {
  Code code = Code::Syntax;
  std::string message = {};
  Span span = {};          // unknown: the file as a whole
  std::string label = {};  // stands beside the underlined text
  std::vector<Label> related = {};
  std::string why = {};   // empty: that of the code
  std::string help = {};  // what to write instead
  // What to put in place of the text at `span`, for editors; empty where it takes a decision.
  std::string replacement = {};
  std::string file = {};

  [[nodiscard]] Severity severity() const;
  [[nodiscard]] std::string_view reason() const { return why.empty() ? info(code).why : std::string_view(why); }
};

// Collects what is found while a file is read.
class Report {
 public:
  explicit Report(std::string_view file) : file_(file) {}

  void add(Diagnostic diagnostic);
  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  // In the order of the file, which is the order in which a person repairs it.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  std::string file_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t errors_ = 0;
};

[[nodiscard]] bool has_errors(std::span<const Diagnostic> diagnostics);

// `text` is the file's; `colour` adds terminal escapes. Ends with a line that counts errors and warnings; empty where
// there is nothing to say.
[[nodiscard]] std::string render(std::span<const Diagnostic> diagnostics, std::string_view text, bool colour);

// An array of objects: severity, code, message, file, line, column, end_line, end_column, label, why, help, replacement
// and related (each with line, column, end_line, end_column, text).
[[nodiscard]] std::string to_json(std::span<const Diagnostic> diagnostics);

}  // namespace stead::config
