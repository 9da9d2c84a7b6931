#include "wire/http1/message.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace stead::wire::http1 {
namespace {

constexpr int kLastRefusal = static_cast<int>(Refusal::UnsupportedExpect);

TEST(Refusal, HasWordsOfItsOwnForEachReason) {
  std::set<std::string_view> words;
  for (int i = 0; i <= kLastRefusal; ++i) words.insert(describe(static_cast<Refusal>(i)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(kLastRefusal) + 1);
  EXPECT_FALSE(words.contains("unknown"));
}

TEST(Refusal, IsAnsweredWithTheStatusThatFits) {
  for (int i = 0; i <= kLastRefusal; ++i) {
    std::uint16_t expected = 400;
    switch (static_cast<Refusal>(i)) {
      case Refusal::TargetTooLong:
        expected = 414;  // RFC 9110 section 15.5.15
        break;
      case Refusal::UnsupportedExpect:
        expected = 417;  // RFC 9110 section 15.5.18
        break;
      case Refusal::HeadTooLarge:
      case Refusal::TooManyFields:
      case Refusal::TrailersTooLarge:
        expected = 431;  // RFC 6585 section 5
        break;
      case Refusal::UnsupportedTransferEncoding:
        expected = 501;  // RFC 9112 section 6.1
        break;
      case Refusal::UnsupportedVersion:
        expected = 505;  // RFC 9110 section 15.6.6
        break;
      default:
        break;
    }
    EXPECT_EQ(status_for(static_cast<Refusal>(i)), expected) << describe(static_cast<Refusal>(i));
  }
}

// RFC 9110 sections 9.2.1 and 9.2.2.
TEST(Method, IsSafeOrIdempotentAsTheRfcSays) {
  for (const Method method : {Method::Get, Method::Head, Method::Options, Method::Trace}) {
    EXPECT_TRUE(is_safe(method));
    EXPECT_TRUE(is_idempotent(method));
  }
  for (const Method method : {Method::Put, Method::Delete}) {
    EXPECT_FALSE(is_safe(method));
    EXPECT_TRUE(is_idempotent(method));
  }
  for (const Method method : {Method::Post, Method::Patch, Method::Connect, Method::Other}) {
    EXPECT_FALSE(is_safe(method));
    EXPECT_FALSE(is_idempotent(method));
  }
}

}  // namespace
}  // namespace stead::wire::http1
