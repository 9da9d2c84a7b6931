#include "config/keys.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "config/read_value.h"
#include "config/reader.h"

namespace stead::config {
namespace {

std::string path_of(const Key& key) { return std::string(key.section) + "." + std::string(key.name); }

TEST(Keys, AreNamedOnce) {
  std::set<std::string> seen;
  for (const Key& key : all_keys()) EXPECT_TRUE(seen.insert(path_of(key)).second) << path_of(key);
}

TEST(Keys, StandInSectionsThatExist) {
  for (const Key& key : all_keys()) EXPECT_NE(find_section(key.section), nullptr) << path_of(key);
}

TEST(Keys, AreDocumented) {
  for (const Key& key : all_keys()) {
    EXPECT_GT(key.description.size(), 10U) << path_of(key);
    EXPECT_TRUE(key.description.ends_with('.')) << path_of(key);
    EXPECT_FALSE(key.example.empty()) << path_of(key);
    EXPECT_FALSE(key.since.empty()) << path_of(key);
  }
}

TEST(Keys, SayWhatHappensWithoutThem) {
  for (const Key& key : all_keys()) {
    const bool part = key.type == Type::Section || key.type == Type::EjectTable || key.name == "*";
    EXPECT_TRUE(part || key.required || !key.fallback.empty() || !key.absent.empty()) << path_of(key);
  }
}

TEST(Keys, MentionTheirOwnNameInTheirExample) {
  for (const Key& key : all_keys()) {
    if (key.name == "*") continue;
    EXPECT_NE(key.example.find(key.name), std::string_view::npos) << path_of(key);
  }
}

TEST(Sections, AreDocumented) {
  for (const SectionInfo& section : all_sections()) {
    EXPECT_FALSE(section.title.empty()) << section.path;
    EXPECT_GT(section.description.size(), 10U) << section.path;
  }
}

// The default goes through the same reader as a person's value, so it must obey the same rules.
template <typename T>
void expect_default_in_range(const Key& key) {
  if (!std::holds_alternative<FieldOf<T>>(key.store) || key.fallback.empty()) return;
  Report report("table");
  T target{};
  store_value(key, fallback_value(key), target, report);
  EXPECT_FALSE(report.has_errors()) << path_of(key) << " " << key.fallback;
}

TEST(Keys, HaveDefaultsWithinTheirRanges) {
  for (const Key& key : all_keys()) {
    EXPECT_LE(key.min, key.max) << path_of(key);
    expect_default_in_range<Config>(key);
    expect_default_in_range<Route>(key);
    expect_default_in_range<Pool>(key);
    expect_default_in_range<Member>(key);
    expect_default_in_range<Check>(key);
    expect_default_in_range<Timeouts>(key);
    expect_default_in_range<Worker>(key);
    expect_default_in_range<Log>(key);
    expect_default_in_range<Vip>(key);
    expect_default_in_range<Track>(key);
  }
}

// A file around the example, so that what the reference shows is what the reader takes.
std::string file_with(const Key& key) {
  const std::string section(key.section);
  const std::string example(key.example);
  const std::string site = "[site.s]\nlisten = \"any:80\"\n";
  const std::string route = "route = { \"/\" = { pool = \"api\" } }\n";
  const std::string members = "members = [\"app-1:8000\"]\n";
  const std::string pool = "[pool.api]\n";
  if (section.empty()) return example + "\n" + site + route + pool + members;
  if (section == "node") return "[node]\n" + example + "\n" + site + "route = { \"/\" = { answer = 200 } }\n";
  if (section == "site.*") {
    return "[site.s]\n" + (key.name == "listen" ? "" : std::string("listen = \"any:80\"\n")) +
           (key.name == "route" ? "" : route) + example + "\n" + pool + members;
  }
  if (section.starts_with("site.*.route")) {
    const std::string target = key.name == "status" ? "redirect = \"/x\", " : "answer = 200, ";
    const std::string line = example.starts_with('"') ? example : "\"/x\" = { " + target + example + " }";
    return site + "[site.s.route]\n\"/other\" = { pool = \"api\" }\n" + line + "\n" + pool + members;
  }
  const std::string start = site + route + pool;
  if (section == "vip.*") {
    const std::string nodes = "[node]\nedge-1 = \"10.0.0.11/24\"\nedge-2 = \"10.0.0.12/24\"\napp-1 = \"10.0.0.21\"\n";
    const std::string program = key.name == "command" ? "" : "command = [\"/bin/true\"]\n";
    const std::string provider = key.name == "provider" ? "" : "provider = \"exec\"\n";
    const bool moved = key.name == "provider" || key.name.find("command") == 0 || key.name == "assert-every";
    const bool version_2 = key.name == "password" || key.name == "version";
    return nodes + start + members + "[vip.public]\n" + (key.name == "address" ? "" : "address = \"10.0.0.100/24\"\n") +
           (key.name == "nodes" ? "" : "nodes = [\"edge-1\", \"edge-2\"]\n") + (version_2 ? "advert = \"1s\"\n" : "") +
           (key.name == "password" ? "version = 2\n" : "") +
           (key.name == "authentication" ? "secrets = \"1:0123456789abcdef0123456789abcdef\"\n" : "") +
           (moved ? provider + program : "") + example + "\n" +
           (key.name == "track" ? "[track.uplink]\ngateway = \"10.0.0.1\"\n[track.app]\npool = \"api\"\n" : "");
  }
  if (section == "track.*") {
    const bool says_what = key.store.index() == 0 || key.type == Type::Text;
    return "[node]\nedge-1 = \"10.0.0.11/24\"\nedge-2 = \"10.0.0.12/24\"\napp-1 = \"10.0.0.21\"\n" + start + members +
           "[vip.public]\naddress = \"10.0.0.100/24\"\nnodes = [\"edge-1\", \"edge-2\"]\ntrack = \"it\"\n[track.it]\n" +
           (says_what ? "" : "gateway = \"10.0.0.1\"\n") + example + "\n";
  }
  if (section == "pool.*") return start + (key.name == "members" ? "" : members) + example + "\n";
  if (section == "pool.*.members.*") return start + "members = [\"other:8000\", " + example + "]\n";
  if (section == "pool.*.check" && !example.starts_with("check")) {
    return start + members + "check = { http = \"/\", " + example + " }\n";
  }
  if (section.starts_with("pool.*.")) return start + members + example + "\n";
  return start + members + "[" + section + "]\n" + example + "\n";
}

TEST(Keys, HaveExamplesThatTheReaderTakes) {
  for (const Key& key : all_keys()) {
    const std::string text = file_with(key);
    const ReadResult result = read(text, "example.toml");
    EXPECT_TRUE(result.config.has_value()) << path_of(key) << "\n" << text << render(result.diagnostics, text, false);
  }
}

}  // namespace
}  // namespace stead::config
