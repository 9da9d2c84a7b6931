#include "service/http/access_line.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "service/http/access_record.h"

namespace stead::service::http {
namespace {

struct Texts {
  std::string client = "203.0.113.7:51324";
  std::string method = "GET";
  std::string host = "shop.example.com";
  std::string target = "/api/?q=1";
  std::string member = "app-1:8000";
  std::string request_id = "4f2a";
};

AccessRecord usual_record() {
  AccessRecord record;
  record.wall_ns = 1'772'366'400'123'456'789;  // 2026-03-01T12:00:00.123456789Z
  record.connect_ns = 412'000;
  record.first_byte_ns = 12'340'000;
  record.total_ns = 13'000'000;
  record.bytes_in = 7;
  record.bytes_out = 5123;
  record.status = 200;
  record.tries = 1;
  return record;
}

std::string encode(AccessRecord record, const Texts& texts) {
  record.client_length = static_cast<std::uint8_t>(texts.client.size());
  record.method_length = static_cast<std::uint8_t>(texts.method.size());
  record.host_length = static_cast<std::uint16_t>(texts.host.size());
  record.target_length = static_cast<std::uint16_t>(texts.target.size());
  record.member_length = static_cast<std::uint8_t>(texts.member.size());
  record.request_id_length = static_cast<std::uint8_t>(texts.request_id.size());
  std::string bytes(sizeof record, '\0');
  std::memcpy(bytes.data(), &record, sizeof record);
  return bytes + texts.client + texts.method + texts.host + texts.target + texts.member + texts.request_id;
}

std::string line_of(const AccessRecord& record, const Texts& texts) {
  std::string line;
  EXPECT_TRUE(append_access_line(encode(record, texts), line));
  return line;
}

TEST(AccessLine, HoldsEveryFieldInOrder) {
  EXPECT_EQ(line_of(usual_record(), {}),
            "2026-03-01T12:00:00.123Z 203.0.113.7:51324 \"GET shop.example.com /api/?q=1\" 200 5123 app-1:8000 1 "
            "0.4/12.3/13.0 4f2a -\n");
}

TEST(AccessLine, WritesADashForWhatThereWasNot) {
  AccessRecord record = usual_record();
  record.connect_ns = record.first_byte_ns = -1;
  record.status = 0;
  record.bytes_out = 0;
  record.tries = 0;
  EXPECT_EQ(line_of(record, {"", "", "", "", "", ""}), "2026-03-01T12:00:00.123Z - \"- - -\" - 0 - 0 -/-/13.0 - -\n");
}

TEST(AccessLine, NamesEveryFlag) {
  AccessRecord record = usual_record();
  record.flags = AccessRecord::kHedged | AccessRecord::kReused | AccessRecord::kQueued | AccessRecord::kReplayed |
                 AccessRecord::kClientAbort;
  EXPECT_TRUE(line_of(record, {}).ends_with(" hedged,reused,queued,replayed,client-abort\n"));
}

TEST(AccessLine, AClientCannotForgeAFieldOrALine) {
  Texts texts;
  texts.method = "GET\n";
  texts.host = "a\" 200";
  texts.target = "/\r\n2026-\\\x1b[31m\xff";
  texts.request_id = "x y";
  const std::string line = line_of(usual_record(), texts);
  EXPECT_NE(line.find("\"GET\\x0a a\\x22\\x20200 /\\x0d\\x0a2026-\\x5c\\x1b[31m\\xff\""), std::string::npos) << line;
  EXPECT_NE(line.find(" x\\x20y "), std::string::npos) << line;
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(std::count(line.begin(), line.end(), '"'), 2);
}

TEST(AccessLine, RefusesEveryRecordThatIsCutShortOrTooLong) {
  const std::string whole = encode(usual_record(), {});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut(whole, 0, size);  // a heap buffer of exactly this size, for the sanitizer
    std::string line = "before";
    EXPECT_FALSE(append_access_line(cut, line)) << size;
    EXPECT_EQ(line, "before");
  }
  std::string line;
  EXPECT_FALSE(append_access_line(whole + "x", line));
}

}  // namespace
}  // namespace stead::service::http
