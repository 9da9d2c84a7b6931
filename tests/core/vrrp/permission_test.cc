// A router that needs a permission to take over.
#include "tests/core/vrrp/router_fixture.h"

namespace stead::core::vrrp::testing {
namespace {

class PermissionTest : public RouterTest {
 protected:
  static RouterConfig careful() {
    RouterConfig result = config();
    result.needs_permission = true;
    return result;
  }
};

TEST_F(PermissionTest, SilenceMakesItWantTheAddressesAndNoMore) {
  make(careful());
  pass(896ms);
  EXPECT_EQ(said(), "backup (started)");
  EXPECT_TRUE(router->claim().wants);
  EXPECT_FALSE(router->claim().heard);
  router->handle_permission(now);
  EXPECT_EQ(said(false), "advert 128, claim, active (silence)");
  EXPECT_TRUE(router->claim().active);
}

TEST_F(PermissionTest, WhoHearsBetterWhileItAsksWantsNothingAnyMore) {
  make(careful());
  pass(896ms);
  hear(200);
  EXPECT_FALSE(router->claim().wants);
  router->handle_permission(now);
  EXPECT_EQ(router->state(), State::Backup);
}

TEST_F(PermissionTest, WhoPreemptsSaysThatItHearsTheOwner) {
  make(careful());
  for (int i = 0; i < 4; ++i) {
    pass(224ms);
    hear(100);
  }
  EXPECT_TRUE(router->claim().wants);
  EXPECT_TRUE(router->claim().heard);
}

TEST_F(PermissionTest, OneThatResignedIsFollowedWithoutAsking) {
  make(careful());
  hear(200);
  hear(0);
  pass(128ms);
  EXPECT_EQ(router->state(), State::Active);
  EXPECT_TRUE(router->claim().heard);
}

TEST_F(PermissionTest, OneThatIsCutOffGivesUpAndSaysSo) {
  make(careful());
  pass(896ms);
  router->handle_permission(now);
  said();
  router->handle_cut_off(now);
  EXPECT_EQ(said(), "advert 0, release, backup (cut off)");
  pass(896ms);
  EXPECT_TRUE(router->claim().wants);
}

}  // namespace
}  // namespace stead::core::vrrp::testing
