// Feeds requests to a RequestParser and tells what it made of them, as text.
#pragma once

#include <string>
#include <string_view>

#include "tests/wire/http1/feeding.h"
#include "wire/http1/request_parser.h"

namespace stead::wire::http1::testing {

class RequestFeeder {
 public:
  Progress parse(std::string_view bytes) { return parser_.parse(bytes); }

  [[nodiscard]] std::string outcome(std::string_view bytes) const {
    if (parser_.refusal() != Refusal::None) return refused(parser_.refusal());
    const RequestHead& head = parser_.head();
    std::string text{head.method_token.in(bytes)};
    text += " target=" + std::string(head.target.in(bytes)) + " path=" + std::string(head.path.in(bytes));
    text += " query=" + std::string(head.query.in(bytes)) + " authority=" + std::string(head.authority.in(bytes));
    text += " 1." + std::to_string(head.minor_version) + (head.keep_alive ? " keep-alive" : " close");
    text += " body: " + describe_framing(head.framing, head.content_length);
    if (head.expect_continue) text += " expects-100";
    if (head.upgrade) text += " upgrade";
    text += " size=" + std::to_string(head.size) + "\n";
    return text + describe_fields(bytes, head.fields());
  }

  static std::string refused(Refusal refusal) {
    return "refused " + std::to_string(static_cast<int>(refusal)) + ": " + std::string(describe(refusal));
  }

 private:
  RequestParser parser_;
};

inline std::string request_outcome(std::string_view sample) { return feed_every_way<RequestFeeder>(sample); }

// Parses a sample that is known to be good. Fed every way.
struct ParsedRequest {
  explicit ParsedRequest(std::string_view sample) : bytes(sample) {
    EXPECT_EQ(parser.parse(bytes), Progress::Complete) << bytes << describe(parser.refusal());
    request_outcome(sample);
  }
  [[nodiscard]] const RequestHead& head() const { return parser.head(); }
  [[nodiscard]] bool dropped(std::string_view name) const {
    for (const Field& field : head().fields()) {
      if (bytes.substr(field.name, field.name_length) == name) return field.drop;
    }
    ADD_FAILURE() << "no field " << name;
    return false;
  }

  std::string_view bytes;
  RequestParser parser;
};

}  // namespace stead::wire::http1::testing
