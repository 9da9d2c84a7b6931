// Names are recognised in any case, and near misses are not.
#include "wire/http1/field_name.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "wire/http1/characters.h"

namespace stead::wire::http1 {
namespace {

const std::pair<std::string, FieldId> kNames[] = {
    {"connection", FieldId::Connection},
    {"content-length", FieldId::ContentLength},
    {"transfer-encoding", FieldId::TransferEncoding},
    {"host", FieldId::Host},
    {"expect", FieldId::Expect},
    {"keep-alive", FieldId::KeepAlive},
    {"proxy-connection", FieldId::ProxyConnection},
    {"proxy-authenticate", FieldId::ProxyAuthenticate},
    {"proxy-authorization", FieldId::ProxyAuthorization},
    {"te", FieldId::Te},
    {"trailer", FieldId::Trailer},
    {"upgrade", FieldId::Upgrade},
    {"date", FieldId::Date},
    {"server", FieldId::Server},
    {"via", FieldId::Via},
    {"forwarded", FieldId::Forwarded},
    {"x-forwarded-for", FieldId::XForwardedFor},
    {"x-forwarded-host", FieldId::XForwardedHost},
    {"x-forwarded-proto", FieldId::XForwardedProto},
    {"x-forwarded-port", FieldId::XForwardedPort},
    {"x-forwarded-server", FieldId::XForwardedPort},
    {"x-forwarded-prefix", FieldId::XForwardedPort},
    {"x-forwarded-by", FieldId::XForwardedPort},
    {"x-real-ip", FieldId::XRealIp},
    {"x-request-id", FieldId::XRequestId},
};

TEST(FieldName, IsRecognisedInAnyCase) {
  for (const auto& [name, id] : kNames) {
    std::string capital = name;
    std::string mixed = name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      const bool letter = name[i] >= 'a' && name[i] <= 'z';
      if (letter) capital[i] = static_cast<char>(name[i] - 'a' + 'A');
      if (i % 2 == 1) mixed[i] = capital[i];
    }
    for (const std::string& spelling : {name, capital, mixed}) EXPECT_EQ(identify(spelling), id) << spelling;
  }
}

// Each byte replaced by each other token character. The numbers of X-Forwarded-* all mean "drop", so a near miss of one
// of them may become another.
TEST(FieldName, WithOneCharacterWrongIsAnother) {
  for (const auto& [name, id] : kNames) {
    for (std::size_t place = 0; place < name.size(); ++place) {
      for (int value = 0; value < 256; ++value) {
        std::string wrong = name;
        wrong[place] = static_cast<char>(value);
        if (!is(wrong[place], kToken) || to_lower(wrong[place]) == name[place]) continue;
        const FieldId got = identify(wrong);
        const bool still_forwarded = place >= 12 && name.starts_with("x-forwarded-");
        EXPECT_EQ(got, still_forwarded ? FieldId::XForwardedPort : FieldId::Other) << wrong;
      }
    }
  }
}

TEST(FieldName, CutShortOrLengthenedIsAnother) {
  for (const auto& [name, id] : kNames) {
    if (name.starts_with("x-forwarded-")) continue;
    EXPECT_EQ(identify(name + "x"), FieldId::Other) << name;
    EXPECT_EQ(identify("x" + name), FieldId::Other) << name;
    EXPECT_EQ(identify(std::string_view(name).substr(1)), FieldId::Other) << name;
    EXPECT_EQ(identify(std::string_view(name).substr(0, name.size() - 1)), FieldId::Other) << name;
  }
  EXPECT_EQ(identify(""), FieldId::Other);
  EXPECT_EQ(identify("x-forwarded-"), FieldId::Other);
  EXPECT_EQ(identify(std::string(300, 'x')), FieldId::Other);
}

}  // namespace
}  // namespace stead::wire::http1
