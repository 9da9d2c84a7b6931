#include "config/hide_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "config/document.h"
#include "config/source_line.h"

namespace stead::config {
namespace {

constexpr std::string_view kKey = "secrets";
constexpr std::string_view kWord = "secret";  // and what others may call it
constexpr std::string_view kHexPrefix = "hex:";
constexpr char kHidden = '*';
constexpr char kBlank = '0';  // stands for a byte as well as for a digit of one
// Behind a number and a colon, nothing else in the file is so long without a colon or a slash near its beginning: an
// address has at most four digits before them.
constexpr std::size_t kKeyIsLonger = 15;
constexpr std::size_t kGroupIsShorter = 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_quote(char c) { return c == '"' || c == '\''; }
bool is_bare(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

// How much of the beginning of a secret is none: "12:", "12:hex:".
std::size_t prefix_length(std::string_view text) {
  const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
  if (digits == 0 || digits > 3 || digits == text.size() || text[digits] != ':') return 0;
  const std::size_t rest = digits + 1;
  return text.substr(rest).starts_with(kHexPrefix) ? rest + kHexPrefix.size() : rest;
}

// Up to the closing quote, or the end of the line.
std::size_t quoted_length(std::string_view text, char quote) {
  return std::min(text.find_first_of(std::array{quote, '\n'}.data(), 0, 2), text.size());
}

// Works on a copy, from left to right.
class Hiding {
 public:
  explicit Hiding(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string all() && {
    for (at_ = 0; at_ < text_.size(); ++at_) {
      if (is_quote(text_[at_])) {
        hide_what_looks_like_a_key();
      } else if (begins_value()) {
        hide_value();
      }
    }
    return std::move(text_);
  }

 private:
  // In quotes, a number, a colon and something long, whatever the key is called.
  void hide_what_looks_like_a_key() {
    const std::string_view rest = std::string_view(text_).substr(at_ + 1);
    const std::string_view quoted = rest.substr(0, quoted_length(rest, text_[at_]));
    const std::size_t prefix = prefix_length(quoted);
    if (prefix == 0) return;
    const bool hex = quoted.substr(0, prefix).ends_with(kHexPrefix);
    const bool long_word = quoted.size() > prefix + kKeyIsLonger &&
                           std::min(quoted.find_first_of(":/", prefix), quoted.size()) >= prefix + kGroupIsShorter;
    if (hex || long_word) {
      hide(at_ + 1 + prefix, at_ + 1 + quoted.size());
    }
  }

  // Behind `secrets =`, or `"secrets" =`, or another key with that word in it.
  [[nodiscard]] bool begins_value() const {
    if (text_[at_] != '=') return false;
    std::size_t end = at_;
    while (end > 0 && (is_blank(text_[end - 1]) || is_quote(text_[end - 1]))) --end;
    std::size_t begin = end;
    while (begin > 0 && is_bare(text_[begin - 1])) --begin;
    std::string key = text_.substr(begin, end - begin);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return key.find(kWord) != std::string::npos;
  }

  // To the end of the list, if it is one, else to the end of the line.
  void hide_value() {
    ++at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    const bool list = at_ < text_.size() && text_[at_] == '[';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n' && (!list || next_line_is_another_key())) return;
      if (list && c == ']') return;
      if (is_quote(c)) {
        hide_quoted();
      } else if (!is_blank(c) && c != '\n' && c != '[' && c != ',') {
        hide_bare();
      }
    }
  }

  void hide_quoted() {
    const std::size_t begin = at_ + 1;
    const std::size_t end = begin + quoted_length(std::string_view(text_).substr(begin), text_[at_]);
    hide(begin + prefix_length(std::string_view(text_).substr(begin, end - begin)), end);
    at_ = end < text_.size() && text_[end] != '\n' ? end : end - 1;
  }

  // At least what is there: a ']' may stand where no list has begun.
  void hide_bare() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]\"'", at_ + 1), text_.size());
    hide(at_ + prefix_length(std::string_view(text_).substr(at_, end - at_)), end);
    at_ = end - 1;
  }

  // A list that is not closed ends where something else begins.
  [[nodiscard]] bool next_line_is_another_key() const {
    const std::string_view rest = std::string_view(text_).substr(at_ + 1);
    const std::string_view line = trim(rest.substr(0, rest.find('\n')));
    if (line.starts_with('[')) return true;
    const auto word = static_cast<std::size_t>(std::ranges::find_if_not(line, is_bare) - line.begin());
    return word > 0 && trim(line.substr(word)).starts_with('=');
  }

  void hide(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) text_[i] = kHidden;
  }

  std::string text_;
  std::size_t at_ = 0;
};

void blank(std::string& text, const Value& secret) {
  const std::string_view line = source_line(text, secret.span.begin.line);
  const std::size_t quote = byte_offset(line, secret.span.begin.column);
  const auto begin = static_cast<std::size_t>(line.data() - text.data()) + quote + 1;
  const std::size_t prefix = prefix_length(secret.text);
  std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(begin + prefix), secret.text.size() - prefix, kBlank);
}

}  // namespace

std::string with_secrets_hidden(std::string_view text) { return Hiding(text).all(); }

std::string with_secrets_blanked(std::string_view text) {
  std::string result(text);
  if (!text.contains(kKey)) return result;
  Report ignored("");
  const Document document = parse_document(text, ignored);
  const Entry* vips = document.root.find("vip");
  for (const Entry& vip : vips != nullptr ? vips->value.entries : std::vector<Entry>()) {
    const Entry* secrets = vip.value.find(kKey);
    if (secrets == nullptr) continue;
    if (secrets->value.kind == Kind::Text) blank(result, secrets->value);
    for (const Value& one : secrets->value.items) blank(result, one);
  }
  return result;
}

}  // namespace stead::config
