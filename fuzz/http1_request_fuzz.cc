// Any bytes as a request's head: the verdict does not depend on how they are cut, what is accepted is inside the head
// and means one thing only, and what we would pass on of it is itself accepted.
#include <array>

#include "http1_head_checks.h"
#include "wire/http1/head_writer.h"
#include "wire/http1/request_parser.h"

namespace {

using namespace stead::fuzz;
using namespace stead::wire::http1;

void require_same_verdict(std::string_view bytes, std::size_t cut, Progress progress, const RequestParser& whole) {
  RequestParser parser;
  require(parse_in_pieces(bytes, cut, [&parser](std::string_view piece) { return parser.parse(piece); }) == progress);
  require(parser.refusal() == whole.refusal());
  if (progress != Progress::Complete) return;
  const RequestHead& left = parser.head();
  const RequestHead& right = whole.head();
  require(left.size == right.size && left.method == right.method && left.minor_version == right.minor_version);
  require(left.framing == right.framing && left.content_length == right.content_length);
  require(left.keep_alive == right.keep_alive && left.upgrade == right.upgrade);
  require(left.expect_continue == right.expect_continue && left.fields_begin == right.fields_begin);
  require(same(left.method_token, right.method_token) && same(left.target, right.target));
  require(same(left.path, right.path) && same(left.query, right.query) && same(left.authority, right.authority));
  require_same(left.fields(), right.fields());
}

void require_sound(std::string_view bytes, const RequestHead& head) {
  require(head.size <= bytes.size() && head.size <= kMaxHeadBytes);
  const std::string_view text = bytes.substr(0, head.size);
  require_clean_lines(text);
  require_clean_fields(text, head.fields_begin, head.fields());
  for (const Piece& piece : {head.method_token, head.target, head.path, head.query, head.authority}) {
    require(piece.in(text).size() == piece.length);
  }
  const std::string_view path = head.path.in(text);
  require(head.method == Method::Connect ? path.empty() : path.starts_with('/') || path == "*");
  require(head.query.length == 0 || head.query.in(text).starts_with('?'));

  const int lengths = count_named(text, head.fields(), "content-length");
  const int codings = count_named(text, head.fields(), "transfer-encoding");
  require(lengths == (head.framing == Framing::Length ? 1 : 0));
  require(codings == (head.framing == Framing::Chunked ? 1 : 0));
  const int hosts = count_named(text, head.fields(), "host");
  require(head.minor_version == 1 ? hosts == 1 : hosts <= 1);

  RequestParser parser;
  require(parser.parse(Copy(text).view()) == Progress::Complete);
  parser.reset();
  require(parser.parse(Copy(text.substr(0, text.size() - 1)).view()) == Progress::Incomplete);
}

// Writes the head anew as a proxy does, and reads it again.
void require_passable(std::string_view bytes, const RequestHead& head) {
  if (head.method == Method::Connect || head.fields().size() > kMaxFields - 2) return;
  static std::array<char, kMaxHeadBytes> room;
  HeadWriter writer(room);
  writer.raw(head.method_token.in(bytes));
  writer.raw(" ");
  writer.raw(head.path.in(bytes));
  writer.raw(head.query.in(bytes));
  writer.raw(" HTTP/1.1\r\n");
  writer.field("Host", head.authority.in(bytes));
  std::size_t kept = 1;
  for (const Field& field : head.fields()) {
    if (field.drop || field.id == FieldId::Host) continue;
    writer.field(bytes.substr(field.name, field.name_length), bytes.substr(field.value, field.value_length));
    ++kept;
  }
  if (head.framing == Framing::Length) writer.field("Content-Length", head.content_length);
  if (head.framing == Framing::Chunked) writer.field("Transfer-Encoding", "chunked");
  writer.crlf();
  if (writer.overflowed()) return;

  RequestParser parser;
  require(parser.parse(writer.written()) == Progress::Complete);
  const RequestHead& again = parser.head();
  require(again.size == writer.size() && again.method == head.method && again.framing == head.framing);
  require(again.content_length == head.content_length && again.keep_alive && !again.upgrade);
  require(again.path.in(writer.written()) == head.path.in(bytes));
  require(again.authority.in(writer.written()) == head.authority.in(bytes));
  require(again.fields().size() == kept + (head.framing == Framing::None ? 0 : 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RequestParser whole;
  const Progress progress = whole.parse(bytes);
  require_same_verdict(bytes, choose_cut(bytes), progress, whole);
  if (size <= kByteByByteUpTo) require_same_verdict(bytes, std::string_view::npos, progress, whole);
  if (progress == Progress::Complete) {
    require_sound(bytes, whole.head());
    require_passable(bytes, whole.head());
  }
  if (progress == Progress::Refused) require(whole.refusal() != Refusal::None && status_for(whole.refusal()) >= 400);
  if (progress == Progress::Incomplete) require(size < kMaxHeadBytes);
  return 0;
}
