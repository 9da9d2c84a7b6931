// Secrets in a file's text, for those who need not know them.
#include "config/hide_secrets.h"

#include <gtest/gtest.h>

#include <string>

#include "config/reader.h"

namespace stead::config {
namespace {

TEST(SecretsHidden, WhereverTheyMayBeMeant) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"secrets = [\"1:abc\"] # \"abc\"", "secrets = [\"1:***\"] # \"abc\""},
      {"secrets = [\n  \"1:a]c\",\n  '2:hex:00ff', # two\n]\nname = \"shop\"",
       "secrets = [\n  \"1:***\",\n  '2:hex:****', * ***\n]\nname = \"shop\""},
      {"secrets = \"1:abc\"\nname = \"shop\"", "secrets = \"1:***\"\nname = \"shop\""},
      {"\"secrets\"=[\"no number\"]", "\"secrets\"=[\"*********\"]"},
      {"Secret = [1:abc, def]", "Secret = [1:***, ***]"},
      {"secrets = [\"1:abc\nname = \"shop\"", "secrets = [\"1:***\nname = \"shop\""},
      {"secrets = [\"1:abc\",\n[vip.other]\nname = \"shop\"", "secrets = [\"1:***\",\n[vip.other]\nname = \"shop\""},
      {"secrets = 12345", "secrets = *****"},
      {"secrets =", "secrets ="},
      {"secrets = ]\nname = \"shop\"", "secrets = *\nname = \"shop\""},
      {"secrets = \"", "secrets = \""},
      {"secrets = [\"", "secrets = [\""},
      {"scerets = [\"1:0123456789abcdef\"]", "scerets = [\"1:****************\"]"},
      {"keys = ['12:hex:0']", "keys = ['12:hex:*']"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(with_secrets_hidden(text), expected) << text;
}

TEST(SecretsHidden, AndNothingElse) {
  for (const std::string_view text :
       {"members = [\"1:80\", \"64:ff9b:1234:5678:9abc::1\", \"10.0.0.1:8000\"]", "answer = \"no secret here\"",
        "address = \"64:ff9b::1/128\"", "# a secret of \"somebody's\"", "password = \"shop\"", "", "="}) {
    EXPECT_EQ(with_secrets_hidden(text), text);
  }
}

constexpr std::string_view kFile = R"([node]
edge-1 = "10.0.0.11/24"
edge-2 = "10.0.0.12/24"
[vip.public]
address = "10.0.0.100/24"
nodes = ["edge-1", "edge-2"]
secrets = ["1:0123456789abcdef0123456789abcdef", '2:hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff']
[vip]
"other" = { address = "10.0.0.101/24", nodes = ["edge-1", "edge-2"], interface = "ä", secrets = "3:0123456789abcdef0123456789abcdef" }
[site.shop]
listen = "public:80"
route = { "/" = { answer = 200, body = "ä secrets = \"1:0123456789abcdef0123456789abcdef\"" } }
)";

TEST(SecretsBlanked, LeaveAFileThatReadsAsBefore) {
  const std::string blanked = with_secrets_blanked(kFile);
  EXPECT_EQ(blanked.size(), kFile.size());
  const ReadResult before = read(kFile, "f.toml"), after = read(blanked, "f.toml");
  ASSERT_TRUE(before.config && after.config)
      << render(before.diagnostics, kFile, false) << render(after.diagnostics, blanked, false);
  ASSERT_EQ(after.config->vips.size(), 2U);
  EXPECT_EQ(before.config->vips[0].secrets[0].key, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(after.config->vips[0].secrets[0].key, std::string(32, '0'));
  EXPECT_EQ(after.config->vips[0].secrets[1].key, std::string(32, '\0'));
  EXPECT_EQ(after.config->vips[1].secrets[0].key, std::string(32, '0'));
  EXPECT_EQ(after.config->sites[0].routes[0].body, before.config->sites[0].routes[0].body);
}

TEST(SecretsBlanked, LeaveAFileWithoutThemAsItIs) {
  EXPECT_EQ(with_secrets_blanked("name = \"shop\"\n"), "name = \"shop\"\n");
}

}  // namespace
}  // namespace stead::config
