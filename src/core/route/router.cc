#include "core/route/router.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace stead::core::route {
namespace {

// RFC 1035 section 3.1: a name has at most 255 octets. Whatever is longer can only be meant for "*".
constexpr std::size_t kLongestHost = 255;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The host of "host:port", "host." or "[::1]:port"; an IPv6 literal loses its brackets.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    return close == std::string_view::npos ? std::string_view{} : authority.substr(1, close - 1);
  }
  std::string_view host = authority.substr(0, authority.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

// RFC 3986 section 3.3: a path is a row of segments; a prefix covers whole ones.
bool covers(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return false;
  // Without a '/' at its end the prefix must end where a segment of the path does.
  return prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/';
}

// The order in which a site's routes are asked: the first that covers the path and has the method is the one.
bool more_specific(const Route& left, const Route& right) {
  if (left.prefix.size() != right.prefix.size()) return left.prefix.size() > right.prefix.size();
  return !left.method.empty() && right.method.empty();
}

// After its equals, so that of two equal ones the first in the file stands. A file has dozens, so the moves are cheap.
template <typename Entry, typename Before>
void insert_sorted(std::vector<Entry>& entries, Entry entry, Before before) {
  entries.insert(std::ranges::upper_bound(entries, entry, before), std::move(entry));
}

}  // namespace

Router::Router(std::vector<Site> sites) {
  for (Site& site : sites) {
    const auto index = static_cast<std::uint32_t>(sites_.size());
    for (const std::string& host : site.hosts) add_host(host, index);
    std::vector<Route>& routes = sites_.emplace_back();
    for (Route& route : site.routes) insert_sorted(routes, std::move(route), more_specific);
  }
}

std::expected<RouteId, Miss> Router::find(std::string_view authority, std::string_view method,
                                          std::string_view path) const {
  const std::uint32_t site = find_site(authority);
  if (site == kNoSite) return std::unexpected(Miss::NoHost);
  // In the order of specificity, so the first fit is the best. A scan beats a tree for the handful of routes of a site,
  // and most of them differ from the path in one of their first bytes.
  Miss miss = Miss::NoRoute;
  for (const Route& route : sites_[site]) {
    if (!covers(route.prefix, path)) continue;
    if (route.method.empty() || route.method == method) return route.id;
    miss = Miss::MethodNotAllowed;
  }
  return std::unexpected(miss);
}

std::string Router::allowed_methods(std::string_view authority, std::string_view path) const {
  const std::uint32_t site = find_site(authority);
  if (site == kNoSite) return {};
  std::vector<std::string_view> methods;
  for (const Route& route : sites_[site]) {
    if (!route.method.empty() && covers(route.prefix, path)) methods.push_back(route.method);
  }
  std::ranges::sort(methods);
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string list;
  for (const std::string_view method : methods) {
    if (!list.empty()) list += ", ";
    list += method;
  }
  return list;
}

std::optional<RouteId> Router::match(std::string_view authority, std::string_view method, std::string_view path) const {
  const auto found = find(authority, method, path);
  return found ? std::optional(*found) : std::nullopt;
}

void Router::add_host(std::string_view host, std::uint32_t site) {
  if (host == "*") {
    if (any_host_ == kNoSite) any_host_ = site;
    return;
  }
  // The dot stays with a suffix: then comparing "example.com" with ".example.com" needs no thought of borders.
  const bool suffix = host.starts_with("*.");
  std::string name(suffix ? host.substr(1) : host_of(host));
  if (suffix && name.ends_with('.')) name.pop_back();
  std::ranges::transform(name, name.begin(), lower);
  insert_sorted(suffix ? suffixes_ : exact_, HostEntry{std::move(name), site},
                [](const HostEntry& left, const HostEntry& right) { return left.host < right.host; });
}

std::uint32_t Router::find_site(std::string_view authority) const {
  if (exact_.empty() && suffixes_.empty()) return any_host_;  // one site for everyone: the most common file
  const std::string_view given = host_of(authority);
  if (given.empty() || given.size() > kLongestHost) return any_host_;
  // Names have no case (RFC 4343), and the view we were given is not ours to change.
  std::array<char, kLongestHost> buffer;
  std::ranges::transform(given, buffer.begin(), lower);
  const std::string_view host(buffer.data(), given.size());

  if (const std::uint32_t site = look_up(exact_, host); site != kNoSite) return site;
  if (suffixes_.empty()) return any_host_;
  // From the left, so that the longest suffix comes first. From 1: at least one label must stand before the suffix.
  for (std::size_t dot = host.find('.', 1); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    if (const std::uint32_t site = look_up(suffixes_, host.substr(dot)); site != kNoSite) return site;
  }
  return any_host_;
}

std::uint32_t Router::look_up(const std::vector<HostEntry>& entries, std::string_view host) {
  const auto found = std::ranges::lower_bound(entries, host, {},
                                              [](const HostEntry& entry) -> std::string_view { return entry.host; });
  return found != entries.end() && found->host == host ? found->site : kNoSite;
}

}  // namespace stead::core::route
