// What it costs to read and write heads: nanoseconds a head, and bytes a second. The heads are the sort that a balancer
// sees most: a load generator's, a browser's, a service's and its answer.
#include <benchmark/benchmark.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "wire/http1/chunked_decoder.h"
#include "wire/http1/head_writer.h"
#include "wire/http1/request_parser.h"
#include "wire/http1/response_parser.h"

namespace {

using namespace stead::wire::http1;

constexpr std::string_view kSmall =
    "GET /small HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: load/1\r\nAccept: */*\r\n\r\n";

constexpr std::string_view kService =
    "POST /api/v2/orders?expand=items HTTP/1.1\r\nHost: api.shop.example.com\r\nAccept: application/json\r\n"
    "Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nUser-Agent: python-requests/2.31.0\r\n"
    "Content-Type: application/json\r\nContent-Length: 247\r\nAuthorization: Bearer "
    "0123456789abcdef0123456789abcdef\r\n"
    "\r\n";

constexpr std::string_view kBrowser =
    "GET /assets/catalogue/index.html?page=3&sort=price HTTP/1.1\r\nHost: www.shop.example.com\r\n"
    "Connection: keep-alive\r\nsec-ch-ua: \"Chromium\";v=\"128\", \"Not;A=Brand\";v=\"24\"\r\nsec-ch-ua-mobile: ?0\r\n"
    "Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
    "Gecko) "
    "Chrome/128.0.0.0 Safari/537.36\r\nAccept: "
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    "\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nReferer: http://www.shop.example.com/assets/\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; cart=42\r\n\r\n";

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: application\r\nContent-Type: text/html; "
    "charset=utf-8\r\nContent-Length: 5120\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nETag: \"abc\"\r\n\r\n";

void report(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
  state.counters["bytes"] = static_cast<double>(bytes);
}

void parse_request(benchmark::State& state, std::string_view head) {
  RequestParser parser;
  const std::string bytes(head);
  for (auto unused : state) {
    parser.reset();
    if (parser.parse(bytes) != Progress::Complete) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser.head());
  }
  report(state, bytes.size());
}
BENCHMARK_CAPTURE(parse_request, small, kSmall);
BENCHMARK_CAPTURE(parse_request, service, kService);
BENCHMARK_CAPTURE(parse_request, browser, kBrowser);

void parse_request_byte_by_byte(benchmark::State& state, std::string_view head) {
  RequestParser parser;
  const std::string bytes(head);
  for (auto unused : state) {
    parser.reset();
    std::size_t size = 1;
    while (parser.parse(std::string_view(bytes.data(), size)) == Progress::Incomplete) ++size;
    benchmark::DoNotOptimize(parser.head());
  }
  report(state, bytes.size());
}
BENCHMARK_CAPTURE(parse_request_byte_by_byte, browser, kBrowser);

void parse_response(benchmark::State& state, std::string_view head) {
  ResponseParser parser;
  const std::string bytes(head);
  for (auto unused : state) {
    parser.reset();
    if (parser.parse(bytes, Method::Get) != Progress::Complete) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser.head());
  }
  report(state, bytes.size());
}
BENCHMARK_CAPTURE(parse_response, answer, kAnswer);

void write_request(benchmark::State& state) {
  RequestParser parser;
  const std::string bytes(kService);
  if (parser.parse(bytes) != Progress::Complete) state.SkipWithError("refused");
  std::array<char, kMaxHeadBytes> room;
  std::size_t size = 0;
  for (auto unused : state) {
    HeadWriter writer(room);
    writer.raw("POST /api/v2/orders?expand=items HTTP/1.1\r\n");
    for (const Field& field : parser.head().fields()) {
      if (field.drop) continue;
      writer.field(std::string_view(bytes).substr(field.name, field.name_length),
                   std::string_view(bytes).substr(field.value, field.value_length));
    }
    writer.field("Content-Length", parser.head().content_length);
    writer.crlf();
    size = writer.size();
    benchmark::DoNotOptimize(room);
  }
  report(state, size);
}
BENCHMARK(write_request);

// A body of 64 KiB in chunks of the given size. The copy that gives the decoder fresh bytes is counted too.
void decode_chunks(benchmark::State& state) {
  const auto chunk = static_cast<std::size_t>(state.range(0));
  std::array<char, 8> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), chunk, 16);
  std::string body;
  for (std::size_t size = 0; size < 64 * 1024; size += chunk) {
    body.append(digits.data(), end).append("\r\n").append(chunk, 'x').append("\r\n");
  }
  body += "0\r\n\r\n";
  std::string buffer = body;
  for (auto unused : state) {
    buffer = body;
    ChunkedDecoder decoder;
    if (!decoder.feed(buffer.data(), buffer.size()).done) state.SkipWithError("not done");
    benchmark::DoNotOptimize(buffer);
  }
  report(state, body.size());
}
BENCHMARK(decode_chunks)->Arg(16)->Arg(1024)->Arg(16 * 1024);

}  // namespace

BENCHMARK_MAIN();
