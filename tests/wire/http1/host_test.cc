// uri-host [ ":" port ] (RFC 9110 section 7.2, RFC 3986 section 3.2.2), read narrowly.
#include "wire/http1/host.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace stead::wire::http1 {
namespace {

using namespace std::string_view_literals;

TEST(Host, MayBeANameOrAnAddressWithOrWithoutAPort) {
  for (const std::string_view text :
       {"a", "example.com", "EXAMPLE.com.", "a-b.c_d.example", "xn--bcher-kva.example", "127.0.0.1", "localhost:8080",
        "a:0", "a:65535", "a:00080", "[::]", "[::1]", "[::1]:443", "[2001:db8:0:0:1:2:3:4]",
        "[0000:0000:0000:0000:0000:ffff:255.255.255.255]:1"}) {
    EXPECT_TRUE(is_host(text)) << text;
  }
  EXPECT_TRUE(is_host(std::string(255, 'a') + ":65535"));
}

TEST(Host, IsNothingElse) {
  for (const std::string_view text :
       {""sv,        ":80"sv,     "a:"sv,     "a:65536"sv,      "a:000080"sv, "a:-1"sv,      "a:+80"sv,  "a:8a"sv,
        "a:80:80"sv, "a:80 "sv,   "a b"sv,    " a"sv,           "u@a"sv,      "a,b"sv,       "a/b"sv,    "a\\b"sv,
        "a?b"sv,     "a#b"sv,     "a%41"sv,   "a;b"sv,          "a'b"sv,      "a\"b"sv,      "a*"sv,     "*"sv,
        "a..b"sv,    ".a"sv,      "."sv,      ".."sv,           "a\0b"sv,     "\xc3\xa9"sv,  "::1"sv,    "["sv,
        "]"sv,       "[]"sv,      "[:]"sv,    "[::1"sv,         "::1]"sv,     "[::1]a"sv,    "[::1]]"sv, "[::1]:"sv,
        "[::1]:x"sv, "[[::1]]"sv, "a[::1]"sv, "[::1%25eth0]"sv, "[v1.a]"sv,   "[1.2.3.4]"sv, "[g::1]"sv}) {
    EXPECT_FALSE(is_host(text)) << text;
  }
  EXPECT_FALSE(is_host(std::string(256, 'a')));
  EXPECT_FALSE(is_host("[" + std::string(46, ':') + "]"));
}

TEST(Host, NeedsAPortWhereOneIsRequired) {
  EXPECT_TRUE(is_host("a:443", PortRule::Required));
  EXPECT_TRUE(is_host("[::1]:443", PortRule::Required));
  EXPECT_FALSE(is_host("a", PortRule::Required));
  EXPECT_FALSE(is_host("[::1]", PortRule::Required));
}

}  // namespace
}  // namespace stead::wire::http1
