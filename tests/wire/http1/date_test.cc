// RFC 9110 section 5.6.7.
#include "wire/http1/date.h"

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <string>

namespace stead::wire::http1 {
namespace {

std::string date_of(WallTime time) {
  std::array<char, kDateSize> out;
  format_date(time, out);
  return {out.begin(), out.end()};
}

std::string date_of_seconds(std::int64_t seconds) { return date_of(WallTime{std::chrono::seconds{seconds}}); }

TEST(Date, IsWrittenAsInTheExampleOfTheRfc) { EXPECT_EQ(date_of_seconds(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(Date, CutsOffFractionsAlsoBefore1970) {
  EXPECT_EQ(date_of(WallTime{999'999'999ns}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(date_of(WallTime{-1ns}), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(Date, KnowsLeapDays) {
  EXPECT_EQ(date_of_seconds(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(date_of_seconds(1709251199), "Thu, 29 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(date_of_seconds(4107542400), "Mon, 01 Mar 2100 00:00:00 GMT");
}

TEST(Date, HoldsAtTheEndsOfWallTime) {
  EXPECT_EQ(date_of(WallTime::min()), "Tue, 21 Sep 1677 00:12:43 GMT");
  EXPECT_EQ(date_of(WallTime::max()), "Fri, 11 Apr 2262 23:47:16 GMT");
}

// Against the C library in its "C" locale, every 100 thousand seconds or so for 130 years.
TEST(Date, AgreesWithStrftime) {
  for (std::int64_t seconds = 0; seconds < 4'100'000'000; seconds += 100'003) {
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 64> expected{};
    std::strftime(expected.data(), expected.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ASSERT_EQ(date_of_seconds(seconds), expected.data());
  }
}

}  // namespace
}  // namespace stead::wire::http1
