// Any bytes as a chunked body: what comes out does not depend on how they are cut, never exceeds what went in, and
// comes out again when it is put into chunks anew.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>

#include "http1_head_checks.h"
#include "wire/http1/chunked_decoder.h"

namespace {

using namespace stead::fuzz;
using namespace stead::wire::http1;

struct Decoded {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
  Refusal refusal = Refusal::None;

  bool operator==(const Decoded&) const = default;
};

// In pieces of `step` bytes, but the first of `cut`.
Decoded decode(std::string_view body, std::size_t cut, std::size_t step) {
  ChunkedDecoder decoder;
  Decoded all;
  for (std::size_t begin = 0, end = cut; begin < body.size(); begin = end, end = std::min(end + step, body.size())) {
    Copy piece(body.substr(begin, end - begin));
    const ChunkedDecoder::Result result = decoder.feed(piece.data(), piece.size());
    require(result.consumed <= piece.size() && result.payload <= result.consumed);
    require(result.done == decoder.done() && !(result.done && result.refusal != Refusal::None));
    all.payload.append(piece.data(), result.payload);
    all.consumed += result.consumed;
    all.done = result.done;
    all.refusal = result.refusal;
    if (all.done || all.refusal != Refusal::None) break;
    require(result.consumed == piece.size());
  }
  return all;
}

std::string encode(std::string_view payload, std::size_t chunk) {
  std::string body;
  while (!payload.empty()) {
    const std::string_view piece = payload.substr(0, chunk);
    char digits[16];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), piece.size(), 16);
    require(error == std::errc{});
    body.append(digits, end).append("\r\n").append(piece).append("\r\n");
    payload.remove_prefix(piece.size());
  }
  return body + "0\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(body, size, size);
  const std::size_t cut = choose_cut(body);
  require(decode(body, cut, size) == whole);
  require(decode(body, cut, 1 + cut % 7) == whole);
  if (size <= kByteByByteUpTo) require(decode(body, 1, 1) == whole);
  if (!whole.done) return 0;

  // What lies behind the body is not looked at; one byte less is not yet the whole of it.
  require(decode(body.substr(0, whole.consumed), whole.consumed, 1) == whole);
  const std::string_view shorter = body.substr(0, whole.consumed - 1);
  const Decoded unfinished = decode(shorter, shorter.size(), 1);
  require(!unfinished.done && unfinished.refusal == Refusal::None && unfinished.payload == whole.payload);

  const std::string anew = encode(whole.payload, 1 + cut);
  require(decode(anew, anew.size(), 1) == Decoded{whole.payload, anew.size(), true, Refusal::None});
  return 0;
}
