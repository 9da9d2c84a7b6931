// Feeds responses to a ResponseParser and tells what it made of them, as text.
#pragma once

#include <string>
#include <string_view>

#include "tests/wire/http1/feeding.h"
#include "wire/http1/response_parser.h"

namespace stead::wire::http1::testing {

template <Method kRequestMethod>
class ResponseFeeder {
 public:
  Progress parse(std::string_view bytes) { return parser_.parse(bytes, kRequestMethod); }

  [[nodiscard]] std::string outcome(std::string_view bytes) const {
    if (parser_.refusal() != Refusal::None) return refused(parser_.refusal());
    const ResponseHead& head = parser_.head();
    std::string text = std::to_string(head.status) + " reason=" + std::string(head.reason.in(bytes));
    text += " 1." + std::to_string(head.minor_version) + (head.keep_alive ? " keep-alive" : " close");
    text += " body: " + describe_framing(head.framing, head.content_length);
    if (head.announced_length) text += " announced=" + std::to_string(head.content_length);
    if (head.keep_alive_timeout_s >= 0) text += " timeout=" + std::to_string(head.keep_alive_timeout_s);
    text += " size=" + std::to_string(head.size) + "\n";
    return text + describe_fields(bytes, head.fields());
  }

  static std::string refused(Refusal refusal) {
    return "refused " + std::to_string(static_cast<int>(refusal)) + ": " + std::string(describe(refusal));
  }

 private:
  ResponseParser parser_;
};

template <Method kRequestMethod = Method::Get>
std::string response_outcome(std::string_view sample) {
  return feed_every_way<ResponseFeeder<kRequestMethod>>(sample);
}

inline std::string response_refused(Refusal refusal) { return ResponseFeeder<Method::Get>::refused(refusal); }

}  // namespace stead::wire::http1::testing
