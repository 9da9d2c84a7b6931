#include "worker/name_watch.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace stead::worker {
namespace {

class NameWatchTest : public testing::Test {
 protected:
  // Answers the questions that are open, from `answers_`.
  void answer() {
    auto open = std::move(open_);
    open_.clear();
    for (auto& [host, answer] : open) {
      if (const auto found = answers_.find(host); found != answers_.end()) {
        answer(found->second);
      } else {
        answer(failure("no such host"));
      }
    }
  }

  boost::asio::io_context loop_;
  std::map<std::string, NameWatch::Addresses> answers_;
  std::vector<std::pair<std::string, NameWatch::Answer>> open_;
  int changes_ = 0;
  std::vector<std::string> complaints_;
  NameWatch names_{
      loop_,
      [this](const std::string& host, NameWatch::Answer answer) { open_.emplace_back(host, std::move(answer)); },
      {.changed = [this] { ++changes_; },
       .complain = [this](const std::string& message) { complaints_.push_back(message); }}};
};

TEST_F(NameWatchTest, AsksForEachNameAndTellsWhatItLearns) {
  answers_ = {{"a", {"10.0.0.1", "10.0.0.2"}}, {"b", {"2001:db8::1"}}};
  names_.watch({"a", "b"});
  EXPECT_EQ(open_.size(), 2U);
  EXPECT_EQ(names_.address_of("a"), "");
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.1");
  EXPECT_EQ(names_.address_of("b"), "2001:db8::1");
  EXPECT_EQ(changes_, 2);
  EXPECT_EQ(names_.address_of("c"), "");
}

TEST_F(NameWatchTest, AnAddressStaysAsLongAsTheNameHasItHoweverTheyAreShuffled) {
  answers_ = {{"a", {"10.0.0.1", "10.0.0.2"}}};
  names_.watch({"a"});
  answer();
  answers_ = {{"a", {"10.0.0.2", "10.0.0.1"}}};
  names_.watch({"a"});
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.1");
  EXPECT_EQ(changes_, 1);
  answers_ = {{"a", {"10.0.0.3"}}};
  names_.watch({"a"});
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.3");
  EXPECT_EQ(changes_, 2);
}

TEST_F(NameWatchTest, ANameWithoutAnAnswerIsComplainedAboutOnce) {
  names_.watch({"a"});
  EXPECT_FALSE(names_.settled("a"));
  answer();
  EXPECT_TRUE(names_.settled("a"));
  EXPECT_EQ(changes_, 1);  // from unknown to none
  names_.watch({"a"});
  answer();
  EXPECT_EQ(changes_, 1);
  ASSERT_EQ(complaints_.size(), 1U);
  EXPECT_EQ(complaints_[0], "members on `a` get nothing until its name is known: no such host");
  answers_ = {{"a", {"10.0.0.1"}}};
  names_.watch({"a"});
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.1");
}

TEST_F(NameWatchTest, TheLastGoodAnswerStaysWhenTheResolverIsDown) {
  answers_ = {{"a", {"10.0.0.1"}}};
  names_.watch({"a"});
  answer();
  answers_.clear();
  names_.watch({"a"});
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.1");
  ASSERT_EQ(complaints_.size(), 1U);
  EXPECT_NE(complaints_[0].find("its last address 10.0.0.1 stays"), std::string::npos);
  answers_ = {{"a", {}}};  // an answer without an address is none
  names_.watch({"a"});
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.1");
}

TEST_F(NameWatchTest, WhatAnEarlierWorkerKnewCountsUntilThereIsAnAnswer) {
  names_.watch({"a", "b"});
  names_.remember({{"a", "10.0.0.1"}, {"b", "10.0.0.2"}, {"gone", "10.0.0.3"}});
  EXPECT_EQ(names_.address_of("a"), "10.0.0.1");
  EXPECT_TRUE(names_.settled("a"));
  EXPECT_EQ(names_.address_of("gone"), "");
  answers_ = {{"a", {"10.0.0.9"}}};
  answer();
  EXPECT_EQ(names_.address_of("a"), "10.0.0.9");
  EXPECT_EQ(names_.addresses(), (std::map<std::string, std::string>{{"a", "10.0.0.9"}, {"b", "10.0.0.2"}}));
}

TEST_F(NameWatchTest, ANameThatLeftTheFileIsForgottenEvenIfItsAnswerComesLate) {
  answers_ = {{"a", {"10.0.0.1"}}};
  names_.watch({"a"});
  names_.watch({"b"});
  answer();
  EXPECT_EQ(names_.address_of("a"), "");
  EXPECT_TRUE(names_.addresses().empty());
  EXPECT_EQ(changes_, 1);  // that of b, which has none
}

TEST_F(NameWatchTest, AQuestionUnderWayIsNotAskedAgain) {
  names_.watch({"a"});
  names_.watch({"a"});
  EXPECT_EQ(open_.size(), 1U);
}

TEST(AskSystem, KnowsLocalhostAndSaysWhyNot) {
  boost::asio::io_context loop;
  const NameWatch::Ask ask = ask_system(loop);
  Result<NameWatch::Addresses> known = failure("not asked");
  ask("localhost", [&](Result<NameWatch::Addresses> addresses) { known = std::move(addresses); });
  loop.run();
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_FALSE(known->empty());
  Result<NameWatch::Addresses> unknown;
  ask("no such name", [&](Result<NameWatch::Addresses> addresses) { unknown = std::move(addresses); });
  loop.restart();
  loop.run();
  EXPECT_FALSE(unknown);
}

}  // namespace
}  // namespace stead::worker
