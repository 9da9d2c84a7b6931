// Files and what is said of them: cases/NAME.toml and cases/NAME.expected. With STEAD_UPDATE=1 in the environment the
// expectations are written anew, to be reviewed as a difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "config/codes.h"
#include "config/explain.h"
#include "config/reader.h"
#include "config/resolve.h"

namespace stead::config {
namespace {

std::string load(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(STEAD_SOURCE_DIR "/tests/config/cases")) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Names below .invalid (RFC 2606) have no address, all others the same.
Result<std::vector<AddressText>> resolve(const std::string& host) {
  if (host.ends_with(".invalid")) return failure("no such name");
  return std::vector<AddressText>{"192.0.2.1"};
}

ReadResult read_and_resolve(const std::filesystem::path& path, const std::string& text) {
  const std::string name = path.filename();
  ReadResult result = read(text, name);
  if (result.config) {
    const std::vector<Diagnostic> warnings = resolve_members(*result.config, resolve, name);
    result.diagnostics.insert(result.diagnostics.end(), warnings.begin(), warnings.end());
  }
  return result;
}

std::string transcript(const std::filesystem::path& path) {
  const std::string text = load(path);
  const ReadResult result = read_and_resolve(path, text);
  std::string out = render(result.diagnostics, text, false);
  if (result.config) out += explain(*result.config, "");
  return out;
}

class Cases : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Cases, AreExplainedAsExpected) {
  std::filesystem::path expected = GetParam();
  expected.replace_extension(".expected");
  const std::string said = transcript(GetParam());
  if (std::getenv("STEAD_UPDATE") != nullptr) {
    std::ofstream(expected, std::ios::binary) << said;
  }
  EXPECT_EQ(load(expected), said) << "run again with STEAD_UPDATE=1 if this is right";
}

TEST_P(Cases, WithErrorsGiveNoConfiguration) {
  const std::string text = load(GetParam());
  const ReadResult result = read(text, "case");
  EXPECT_NE(result.config.has_value(), has_errors(result.diagnostics));
  const bool valid =
      GetParam().filename().string().starts_with("valid") || GetParam().filename().string().starts_with("warnings");
  EXPECT_EQ(result.config.has_value(), valid);
}

INSTANTIATE_TEST_SUITE_P(Files, Cases, testing::ValuesIn(cases()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST(CasesTogether, ShowEveryCode) {
  std::set<Code> shown;
  for (const std::filesystem::path& path : cases()) {
    for (const Diagnostic& diagnostic : read_and_resolve(path, load(path)).diagnostics) shown.insert(diagnostic.code);
  }
  for (const CodeInfo& code : all_codes()) EXPECT_TRUE(shown.contains(code.code)) << code.id << " " << code.title;
}

}  // namespace
}  // namespace stead::config
