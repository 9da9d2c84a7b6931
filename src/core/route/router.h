// Which route a request takes: from its host, method and path to the id that the caller gave a route.
//
// The obvious table, a list of (host, prefix) tried in the order of the file, makes the order matter and lets one line
// shadow another silently. Here the most specific always wins, so that moving a line in the file changes nothing:
//   - a host written out beats the longest "*.suffix", which beats "*"; the site found this way decides alone: a path
//     that it doesn't know is a miss and does not fall back to a less specific site;
//   - within a site the longest prefix wins, and of two equal prefixes the one that names the method. A route for
//     another method is passed over, so "POST /api/" beside "/" leaves GET /api/x to "/".
//
// Paths are compared byte by byte, as they came: no dot segments are removed and nothing is percent-decoded, because
// the member gets the same bytes, and a router that reads a path differently from the member behind it is a way around
// its rules. IPv6 literals are compared as text.
//
// Immutable once built, so loops share one without locks. match() allocates nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stead::core::route {

using RouteId = std::uint32_t;

struct Route {
  std::string method;  // empty: any; compared exactly, as RFC 9110 section 9.1 has it
  // "/" matches everything; "/api/" what is below it; "/api" itself and what is below it, but not "/apix".
  std::string prefix;
  RouteId id = 0;
};

struct Site {
  std::vector<std::string> hosts;  // "shop.example.com", "*.example.com" (not example.com itself), "*", "[::1]"
  std::vector<Route> routes;
};

// Why a request has no route: 404, but for MethodNotAllowed, where the path is known with other methods: 405.
enum class Miss : std::uint8_t { NoHost, NoRoute, MethodNotAllowed };

class Router {
 public:
  // Where two sites name the same host, or two routes of a site the same prefix and method, the first one stands.
  explicit Router(std::vector<Site> sites);

  // `authority` is the Host header's or the target's: in any case, with or without a port and a final dot. `path` is
  // without its query.
  [[nodiscard]] std::expected<RouteId, Miss> find(std::string_view authority, std::string_view method,
                                                  std::string_view path) const;

  // After MethodNotAllowed: the methods that the path has routes for, as the Allow field lists them (RFC 9110 section
  // 10.2.1).
  [[nodiscard]] std::string allowed_methods(std::string_view authority, std::string_view path) const;

  // find(), for callers who don't ask why.
  [[nodiscard]] std::optional<RouteId> match(std::string_view authority, std::string_view method,
                                             std::string_view path) const;

 private:
  struct HostEntry {
    std::string host;  // lower case; a suffix keeps its dot: ".example.com"
    std::uint32_t site = 0;
  };
  static constexpr std::uint32_t kNoSite = 0xffffffff;

  // `host` as the file has it, with any case.
  void add_host(std::string_view host, std::uint32_t site);
  // kNoSite: nobody of that name, and no site for everyone.
  [[nodiscard]] std::uint32_t find_site(std::string_view authority) const;
  [[nodiscard]] static std::uint32_t look_up(const std::vector<HostEntry>& entries, std::string_view host);

  std::vector<HostEntry> exact_;     // sorted by host
  std::vector<HostEntry> suffixes_;  // sorted by host
  std::uint32_t any_host_ = kNoSite;
  std::vector<std::vector<Route>> sites_;  // the routes of each, the most specific first
};

}  // namespace stead::core::route
