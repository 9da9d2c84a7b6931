#include "config/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <string>

#include "config/printable.h"

namespace stead::config {
namespace {

using testing::HasSubstr;
using testing::Not;

Diagnostic example() {
  return {.code = Code::UnknownKey,
          .message = "unknown key `memebrs`",
          .span = {{2, 3}, {2, 10}},
          .label = "did you mean `members`?",
          .related = {{{{1, 1}, {1, 2}}, "here"}},
          .help = "write `members`",
          .replacement = "members"};
}

TEST(Render, ShowsThePlaceAndWhatToWrite) {
  Report report("shop.toml");
  report.add(example());
  EXPECT_EQ(render(report.take(), "[pool.a]\n  memebrs = []\n", false),
            "error[E0101]: unknown key `memebrs`\n"
            " --> shop.toml:2:3\n"
            "  |\n"
            "1 | [pool.a]\n"
            "  | - here\n"
            "2 |   memebrs = []\n"
            "  |   ^^^^^^^ did you mean `members`?\n"
            "  |\n"
            "  = why: a key that is not known would have no effect, and you would believe that it had\n"
            "  = help: write `members`\n"
            "\n"
            "1 error\n");
}

TEST(Render, UsesColourOnlyWhenAsked) {
  const Diagnostic diagnostic = example();
  EXPECT_THAT(render({&diagnostic, 1}, "a\nb\n", true), HasSubstr("\x1b["));
  EXPECT_THAT(render({&diagnostic, 1}, "a\nb\n", false), Not(HasSubstr("\x1b")));
}

TEST(Render, SaysNothingOfNothing) { EXPECT_EQ(render({}, "a", true), ""); }

TEST(Render, LetsNoControlCharacterThrough) {
  Diagnostic diagnostic = example();
  diagnostic.message = "bad \x1b[31m name \xc2\x9b";
  const std::string text = render({&diagnostic, 1}, "a\n\x1b]0;owned\x07\xff\n", false);
  EXPECT_EQ(text.find_first_of("\x1b\x07\xff"), std::string::npos);
  EXPECT_THAT(text, Not(HasSubstr("\x9b")));
}

TEST(Render, PlacesTheUnderlineByCodePoints) {
  const Diagnostic diagnostic{.code = Code::BadHost, .message = "m", .span = {{1, 4}, {1, 5}}};
  EXPECT_THAT(render({&diagnostic, 1}, "\tö\"x\"", false), HasSubstr("1 |  ö\"x\"\n  |    ^\n"));
}

TEST(Render, CutsLinesOfAnyLength) {
  const std::string line(1'000'000, 'x');
  const Diagnostic diagnostic{.code = Code::BadHost, .message = "m", .span = {{1, 1}, {1, 1'000'001}}};
  EXPECT_LT(render({&diagnostic, 1}, line, false).size(), 1000U);
}

TEST(Render, SurvivesPlacesOutsideTheText) {
  const Diagnostic diagnostic{.code = Code::Syntax, .message = "m", .span = {{9, 9}, {12, 1}}};
  EXPECT_THAT(render({&diagnostic, 1}, "", false), HasSubstr("9 | \n"));
}

TEST(Report, SortsByPlace) {
  Report report("f");
  Diagnostic later = example();
  later.span = {{7, 1}, {7, 2}};
  report.add(later);
  report.add(example());
  const std::vector<Diagnostic> diagnostics = report.take();
  EXPECT_EQ(diagnostics.at(0).span.begin.line, 2U);
  EXPECT_EQ(diagnostics.at(1).span.begin.line, 7U);
}

TEST(Report, CountsWarningsAsNoErrors) {
  Report report("f");
  report.add({.code = Code::UnusedPool});
  EXPECT_FALSE(report.has_errors());
  report.add({.code = Code::EmptyPool});
  EXPECT_TRUE(report.has_errors());
}

TEST(Json, HoldsEveryField) {
  Report report("shop.toml");
  report.add(example());
  const boost::json::value value = boost::json::parse(to_json(report.take()));
  const boost::json::object& object = value.as_array().at(0).as_object();
  EXPECT_EQ(object.at("severity").as_string(), "error");
  EXPECT_EQ(object.at("code").as_string(), "E0101");
  EXPECT_EQ(object.at("file").as_string(), "shop.toml");
  EXPECT_EQ(object.at("line").to_number<int>(), 2);
  EXPECT_EQ(object.at("column").to_number<int>(), 3);
  EXPECT_EQ(object.at("end_line").to_number<int>(), 2);
  EXPECT_EQ(object.at("end_column").to_number<int>(), 10);
  EXPECT_EQ(object.at("message").as_string(), "unknown key `memebrs`");
  EXPECT_EQ(object.at("label").as_string(), "did you mean `members`?");
  EXPECT_EQ(object.at("help").as_string(), "write `members`");
  EXPECT_EQ(object.at("replacement").as_string(), "members");
  EXPECT_FALSE(object.at("why").as_string().empty());
  EXPECT_EQ(object.at("related").as_array().at(0).as_object().at("text").as_string(), "here");
}

TEST(Json, IsValidWhateverTheBytes) {
  Diagnostic diagnostic = example();
  diagnostic.message = "\xff\xfe \xed\xa0\x80 \xc0\x80 \"quoted\"";
  boost::json::error_code error;
  (void)boost::json::parse(to_json({&diagnostic, 1}), error);
  EXPECT_FALSE(error) << error.message();
}

TEST(Printable, KeepsTextAndReplacesTheRest) {
  EXPECT_EQ(printable("schön ✓"), "schön ✓");
  EXPECT_EQ(printable("a\tb\nc\x7f"), "a b?c?");
  EXPECT_EQ(printable("\xe2\x9c"), "??");
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");
  EXPECT_EQ(printable("abcdef", 3), "abc…");
}

TEST(Codes, AreInTheOrderOfTheirNames) {
  for (std::size_t i = 0; i < all_codes().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(all_codes()[i].code), i) << all_codes()[i].id;
  }
}

TEST(Codes, AreUniqueAndExplained) {
  std::set<std::string_view> ids;
  for (const CodeInfo& code : all_codes()) {
    EXPECT_TRUE(ids.insert(code.id).second) << code.id;
    EXPECT_EQ(code.id.size(), 5U) << code.id;
    EXPECT_FALSE(code.title.empty()) << code.id;
    EXPECT_FALSE(code.why.empty()) << code.id;
  }
}

}  // namespace
}  // namespace stead::config
