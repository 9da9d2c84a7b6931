#include "core/route/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace stead::core::route {
namespace {

using ::testing::Eq;
using ::testing::Optional;

Router one_site(std::vector<Route> routes) { return Router({Site{.hosts = {"*"}, .routes = std::move(routes)}}); }

// Sites that answer every path with their own number, so that a test sees which one was chosen.
Router sites_by_host(std::vector<std::vector<std::string>> hosts) {
  std::vector<Site> sites;
  for (RouteId id = 0; id < hosts.size(); ++id) {
    sites.push_back(Site{.hosts = hosts[id], .routes = {Route{.method = "", .prefix = "/", .id = id}}});
  }
  return Router(std::move(sites));
}

TEST(Router, FindsTheOnlyRouteOfTheOnlySite) {
  const Router router = one_site({{"", "/", 7}});
  EXPECT_THAT(router.match("anything.example:8080", "GET", "/"), Optional(7U));
  EXPECT_THAT(router.match("", "DELETE", "/deep/down"), Optional(7U));
}

TEST(Router, LongestPrefixWinsWhateverTheOrderOfTheFile) {
  for (const bool reversed : {false, true}) {
    std::vector<Route> routes{{"", "/", 1}, {"", "/api/", 2}, {"", "/api/v2/", 3}};
    if (reversed) std::ranges::reverse(routes);
    const Router router = one_site(std::move(routes));
    EXPECT_THAT(router.match("h", "GET", "/index.html"), Optional(1U));
    EXPECT_THAT(router.match("h", "GET", "/api/users"), Optional(2U));
    EXPECT_THAT(router.match("h", "GET", "/api/v2/users"), Optional(3U));
    EXPECT_THAT(router.match("h", "GET", "/api/v2"), Optional(2U));
  }
}

TEST(Router, APrefixWithoutASlashCoversItselfAndWhatIsBelowButNoLongerWord) {
  const Router router = one_site({{"", "/api", 1}});
  EXPECT_THAT(router.match("h", "GET", "/api"), Optional(1U));
  EXPECT_THAT(router.match("h", "GET", "/api/"), Optional(1U));
  EXPECT_THAT(router.match("h", "GET", "/api/x"), Optional(1U));
  EXPECT_EQ(router.match("h", "GET", "/apix"), std::nullopt);
  EXPECT_EQ(router.match("h", "GET", "/ap"), std::nullopt);
  EXPECT_EQ(router.match("h", "GET", "/API"), std::nullopt) << "paths have a case";
}

TEST(Router, APrefixWithASlashDoesNotCoverTheNameAlone) {
  const Router router = one_site({{"", "/api/", 1}});
  EXPECT_THAT(router.match("h", "GET", "/api/"), Optional(1U));
  EXPECT_EQ(router.match("h", "GET", "/api"), std::nullopt);
}

TEST(Router, OfTwoEqualPrefixesTheOneWithTheMethodWins) {
  const Router router = one_site({{"", "/cart", 1}, {"POST", "/cart", 2}});
  EXPECT_THAT(router.match("h", "POST", "/cart"), Optional(2U));
  EXPECT_THAT(router.match("h", "GET", "/cart"), Optional(1U));
  EXPECT_THAT(router.match("h", "post", "/cart"), Optional(1U)) << "methods have a case (RFC 9110 section 9.1)";
}

TEST(Router, ARouteForAnotherMethodIsPassedOverForAShorterPrefix) {
  const Router router = one_site({{"POST", "/api/", 1}, {"", "/", 2}});
  EXPECT_THAT(router.match("h", "POST", "/api/x"), Optional(1U));
  EXPECT_THAT(router.match("h", "GET", "/api/x"), Optional(2U));
}

TEST(Router, ALongerPrefixWithoutTheMethodBeatsAShorterOneWithIt) {
  const Router router = one_site({{"GET", "/", 1}, {"", "/api/", 2}});
  EXPECT_THAT(router.match("h", "GET", "/api/x"), Optional(2U));
}

TEST(Router, SaysWhatKindOfMissItIs) {
  const Router router({Site{.hosts = {"shop.example"}, .routes = {{"POST", "/orders", 1}, {"", "/static/", 2}}}});
  EXPECT_THAT(router.find("other.example", "GET", "/orders"), Eq(std::unexpected(Miss::NoHost)));
  EXPECT_THAT(router.find("shop.example", "GET", "/nothing"), Eq(std::unexpected(Miss::NoRoute)));
  EXPECT_THAT(router.find("shop.example", "GET", "/orders/7"), Eq(std::unexpected(Miss::MethodNotAllowed)));
  EXPECT_EQ(router.find("shop.example", "POST", "/orders/7").value(), 1U);
}

TEST(Router, ExactHostBeatsLongestSuffixBeatsAny) {
  const Router router = sites_by_host({{"*"}, {"*.example.com"}, {"*.shop.example.com"}, {"www.shop.example.com"}});
  EXPECT_THAT(router.match("www.shop.example.com", "GET", "/"), Optional(3U));
  EXPECT_THAT(router.match("m.shop.example.com", "GET", "/"), Optional(2U));
  EXPECT_THAT(router.match("a.b.shop.example.com", "GET", "/"), Optional(2U));
  EXPECT_THAT(router.match("shop.example.com", "GET", "/"), Optional(1U));
  EXPECT_THAT(router.match("example.com", "GET", "/"), Optional(0U)) << "a suffix is not the name itself";
  EXPECT_THAT(router.match("badexample.com", "GET", "/"), Optional(0U)) << "a suffix begins at a dot";
  EXPECT_THAT(router.match(".example.com", "GET", "/"), Optional(0U)) << "an empty label is none";
}

TEST(Router, TheMostSpecificSiteDecidesAlone) {
  const Router router({Site{.hosts = {"*"}, .routes = {{"", "/", 1}}},
                       Site{.hosts = {"admin.example"}, .routes = {{"", "/panel/", 2}}}});
  EXPECT_THAT(router.find("admin.example", "GET", "/other"), Eq(std::unexpected(Miss::NoRoute)));
}

TEST(Router, ReadsTheHostOutOfAnyAuthority) {
  const Router router = sites_by_host({{"shop.example.com"}, {"*.cdn.example"}});
  for (const char* authority : {"shop.example.com", "SHOP.Example.COM", "shop.example.com:8443", "shop.example.com.",
                                "Shop.example.com.:80", "shop.example.com:"}) {
    EXPECT_THAT(router.match(authority, "GET", "/"), Optional(0U)) << authority;
  }
  EXPECT_THAT(router.match("IMG.CDN.example.:443", "GET", "/"), Optional(1U));
  EXPECT_EQ(router.match("shop.example.com..", "GET", "/"), std::nullopt);
}

TEST(Router, HostsInTheFileMayHaveAnyCase) {
  const Router router = sites_by_host({{"Shop.Example.com"}, {"*.CDN.Example."}});
  EXPECT_THAT(router.match("shop.example.com", "GET", "/"), Optional(0U));
  EXPECT_THAT(router.match("a.cdn.example", "GET", "/"), Optional(1U));
}

TEST(Router, KnowsIpv6LiteralsWithAndWithoutAPort) {
  const Router router = sites_by_host({{"[2001:db8::1]"}, {"127.0.0.1"}});
  EXPECT_THAT(router.match("[2001:db8::1]", "GET", "/"), Optional(0U));
  EXPECT_THAT(router.match("[2001:DB8::1]:8080", "GET", "/"), Optional(0U));
  EXPECT_THAT(router.match("127.0.0.1:80", "GET", "/"), Optional(1U));
  EXPECT_EQ(router.match("[2001:db8::2]", "GET", "/"), std::nullopt);
  EXPECT_EQ(router.match("[2001:db8::1", "GET", "/"), std::nullopt) << "a bracket that is never closed names nobody";
}

TEST(Router, AuthoritiesThatNameNobodyGoToTheSiteForEveryone) {
  const Router router = sites_by_host({{"shop.example"}, {"*"}});
  for (const std::string& authority : {std::string(), std::string(":80"), std::string("["), std::string("."),
                                       std::string(256, 'a'), std::string(100'000, '.')}) {
    EXPECT_THAT(router.match(authority, "GET", "/"), Optional(1U)) << authority.substr(0, 20);
  }
}

TEST(Router, ANameOfTheGreatestLengthIsStillFound) {
  const std::string longest = std::string(63, 'a') + "." + std::string(191, 'b');
  ASSERT_EQ(longest.size(), 255U);
  const Router router = sites_by_host({{longest}});
  EXPECT_THAT(router.match(longest, "GET", "/"), Optional(0U));
  EXPECT_EQ(router.match(longest + "b", "GET", "/"), std::nullopt);
}

TEST(Router, TheFirstOfTwoEqualLinesStands) {
  const Router hosts = sites_by_host({{"a.example"}, {"A.example"}, {"*"}, {"*"}});
  EXPECT_THAT(hosts.match("a.example", "GET", "/"), Optional(0U));
  EXPECT_THAT(hosts.match("b.example", "GET", "/"), Optional(2U));
  const Router routes = one_site({{"", "/", 1}, {"", "/", 2}});
  EXPECT_THAT(routes.match("h", "GET", "/"), Optional(1U));
}

TEST(Router, WithoutSitesNobodyIsKnown) {
  const Router router({});
  EXPECT_THAT(router.find("a.example", "GET", "/"), Eq(std::unexpected(Miss::NoHost)));
}

TEST(Router, ASiteWithManyHostsAndRoutesFindsEachOfThem) {
  std::vector<Site> sites;
  for (RouteId site = 0; site < 200; ++site) {
    Site made{.hosts = {"host-" + std::to_string(site) + ".example", "*.zone-" + std::to_string(site) + ".example"},
              .routes = {}};
    for (RouteId route = 0; route < 20; ++route) {
      made.routes.push_back({"", "/part-" + std::to_string(route) + "/", site * 100 + route});
    }
    sites.push_back(std::move(made));
  }
  const Router router(std::move(sites));
  for (RouteId site = 0; site < 200; ++site) {
    const std::string number = std::to_string(site);
    EXPECT_THAT(router.match("host-" + number + ".example", "GET", "/part-19/x"), Optional(site * 100 + 19));
    EXPECT_THAT(router.match("a.zone-" + number + ".example", "GET", "/part-0/"), Optional(site * 100));
  }
}

TEST(Router, SaysWhichMethodsAPathTakes) {
  const Router router = one_site({{"POST", "/orders", 1}, {"GET", "/orders", 2}, {"POST", "/", 3}});
  EXPECT_EQ(router.allowed_methods("h", "/orders/7"), "GET, POST");
  EXPECT_EQ(router.allowed_methods("h", "/other"), "POST");
  EXPECT_EQ(router.allowed_methods("h", "relative"), "");
}

TEST(Router, PathsAreComparedAsTheyCame) {
  const Router router = one_site({{"", "/public/", 1}});
  EXPECT_THAT(router.match("h", "GET", "/public/../secret"), Optional(1U)) << "the member sees the same bytes";
  EXPECT_EQ(router.match("h", "GET", "/%70ublic/x"), std::nullopt);
  EXPECT_EQ(router.match("h", "OPTIONS", "*"), std::nullopt);
  EXPECT_EQ(router.match("h", "GET", ""), std::nullopt);
}

}  // namespace
}  // namespace stead::core::route
