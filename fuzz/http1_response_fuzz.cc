// Any bytes as a response's head, to a GET and to a HEAD: the verdict does not depend on how they are cut, and an
// answer of which the end is in doubt never leaves a connection for the next request.
#include "http1_head_checks.h"
#include "wire/http1/request_parser.h"
#include "wire/http1/response_parser.h"

namespace {

using namespace stead::fuzz;
using namespace stead::wire::http1;

void require_same_verdict(std::string_view bytes, std::size_t cut, Method method, Progress progress,
                          const ResponseParser& whole) {
  ResponseParser parser;
  const auto parse = [&parser, method](std::string_view piece) { return parser.parse(piece, method); };
  require(parse_in_pieces(bytes, cut, parse) == progress);
  require(parser.refusal() == whole.refusal());
  if (progress != Progress::Complete) return;
  const ResponseHead& left = parser.head();
  const ResponseHead& right = whole.head();
  require(left.size == right.size && left.status == right.status && left.minor_version == right.minor_version);
  require(left.framing == right.framing && left.content_length == right.content_length);
  require(left.keep_alive == right.keep_alive && left.announced_length == right.announced_length);
  require(left.keep_alive_timeout_s == right.keep_alive_timeout_s && same(left.reason, right.reason));
  require(left.fields_begin == right.fields_begin);
  require_same(left.fields(), right.fields());
}

void require_sound(std::string_view bytes, Method method, const ResponseHead& head) {
  require(head.size <= bytes.size() && head.size <= kMaxHeadBytes);
  const std::string_view text = bytes.substr(0, head.size);
  require_clean_lines(text);
  require_clean_fields(text, head.fields_begin, head.fields());
  require(head.reason.in(text).size() == head.reason.length);
  require(head.status >= 100 && head.status <= 999);
  require(head.keep_alive_timeout_s >= -1);

  const int lengths = count_named(text, head.fields(), "content-length");
  const int codings = count_named(text, head.fields(), "transfer-encoding");
  require(lengths + codings <= 1 && head.announced_length == (lengths == 1));
  const bool bodiless = method == Method::Head || head.status < 200 || head.status == 204 || head.status == 304;
  if (bodiless) {
    require(head.framing == Framing::None);
    if (head.status == 204 && (codings > 0 || head.content_length > 0)) require(!head.keep_alive);
  } else if (codings > 0) {
    require(head.framing == Framing::Chunked);
  } else {
    require(head.framing == (lengths > 0 ? Framing::Length : Framing::UntilClose));
  }
  if (head.framing == Framing::UntilClose) require(!head.keep_alive);

  ResponseParser parser;
  require(parser.parse(Copy(text).view(), method) == Progress::Complete);
  parser.reset();
  require(parser.parse(Copy(text.substr(0, text.size() - 1)).view(), method) == Progress::Incomplete);
}

void check(std::string_view bytes, Method method) {
  ResponseParser whole;
  const Progress progress = whole.parse(bytes, method);
  require_same_verdict(bytes, choose_cut(bytes), method, progress, whole);
  if (bytes.size() <= kByteByByteUpTo) require_same_verdict(bytes, std::string_view::npos, method, progress, whole);
  if (progress == Progress::Complete) {
    require_sound(bytes, method, whole.head());
    // Nothing is both a request and a response.
    require(RequestParser().parse(bytes) == Progress::Refused);
  }
  if (progress == Progress::Refused) require(whole.refusal() != Refusal::None);
  if (progress == Progress::Incomplete) require(bytes.size() < kMaxHeadBytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes, Method::Get);
  check(bytes, Method::Head);
  return 0;
}
