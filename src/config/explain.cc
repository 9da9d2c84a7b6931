#include "config/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/quantity.h"
#include "config/self.h"
#include "config/wrap.h"

namespace stead::config {
namespace {

constexpr std::size_t kNameWidth = 24;

std::string number(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& parts, std::string_view separator = ", ") {
  return fmt::format("{}", fmt::join(parts, separator));
}

// A name, padded, and what there is to say of it.
std::string row(std::string_view name, std::string_view text) {
  if (text.empty()) return fmt::format("  {}\n", name);
  const std::string start = fmt::format("  {:<{}}  ", name, kNameWidth);
  return start + wrap(text, start.size(), start.size());
}

std::string bullet(std::string_view text) { return "  - " + wrap(text, 4, 4); }

std::string explain_nodes(const Config& config, std::string_view self) {
  std::string text = config.name;
  if (config.nodes.empty()) return text + ", on one machine\n";
  std::vector<std::string> names;
  for (const Node& node : config.nodes) {
    names.push_back(fmt::format("{} {}{}", node.name, node.address, node.name == self ? " (this one)" : ""));
  }
  text += fmt::format(", {}: {}", number(config.nodes.size(), "node"), join(names));
  return wrap(text, 0, 2);
}

std::string where(const Config& config, const Listener& listener) {
  if (listener.endpoint.address == "::") {
    return config.nodes.empty() ? "all addresses" : "all addresses of every node";
  }
  std::string text = to_text(listener.endpoint);
  if (!listener.vip.empty()) return text + ", wherever that is";
  if (!listener.node.empty()) text += " on " + listener.node;
  return text;
}

std::string explain_nodes(const Vip& vip) {
  std::vector<VipNode> nodes = vip.nodes;
  std::ranges::stable_sort(nodes, std::ranges::greater{}, &VipNode::priority);
  std::vector<std::string> names;
  for (const VipNode& one : nodes) {
    names.push_back(vip.spread ? one.node : fmt::format("{} ({})", one.node, one.priority));
  }
  if (vip.spread) return "shared by " + join(names);
  return fmt::format("at {}{}{}", fmt::join(names, ", else "),
                     vip.sync.empty() ? "" : fmt::format(", together with all of `{}`", vip.sync),
                     vip.preempt ? "" : "; stays where it is when a better one returns");
}

std::string_view explain(const std::vector<VipSecret>& secrets, VipAuthentication authentication) {
  if (secrets.empty()) return {};
  switch (authentication) {
    case VipAuthentication::Enforce:
      return ", signed";
    case VipAuthentication::Permissive:
      return ", signed; unsigned ones are taken as well";
    case VipAuthentication::ReceiveOnly:
      return ", not signed; signed ones are checked";
  }
  return {};
}

std::string explain_mover(const Vip& vip) {
  if (vip.provider == VipProvider::Arp) return {};
  return fmt::format("; moved by {}, for up to {}, and asserted every {}", fmt::join(vip.command, " "),
                     say_duration(vip.command_timeout), say_duration(vip.assert_every));
}

std::string explain(const Vip& vip) {
  std::vector<std::string> addresses;
  for (const VipAddress& one : vip.addresses) addresses.push_back(one.address);
  return fmt::format("{} {}; VRRP version {}, router id{} {}, {} every {}{}{}{}{}", join(addresses), explain_nodes(vip),
                     vip.version, vip.spread_ids.size() > 1 ? "s" : "",
                     vip.spread ? fmt::format("{}", fmt::join(vip.spread_ids, ", ")) : std::to_string(vip.router_id),
                     vip.unicast ? "adverts to each" : "adverts", say_duration(vip.advert),
                     explain(vip.secrets, vip.authentication), explain_mover(vip),
                     vip.virtual_mac ? "; virtual MAC" : "", vip.witness.empty() ? "" : "; witness " + vip.witness);
}

std::string explain_vips(const Config& config) {
  if (config.vips.empty()) return {};
  std::string text = "\nVirtual addresses\n";
  for (const Vip& vip : config.vips) {
    text += row(vip.name, explain(vip));
    for (const std::string& name : vip.tracks) {
      if (const Track* track = config.find_track(name)) text += row("  track " + name, explain(*track));
    }
  }
  return text;
}

std::string explain_listeners(const Config& config, std::string_view self) {
  std::string text = "\nListeners\n";
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const Listener& listener = config.listeners[i];
    std::vector<std::string> sites;
    for (const Site& site : config.sites) {
      const bool uses = std::find(site.listeners.begin(), site.listeners.end(), i) != site.listeners.end();
      if (uses) sites.push_back(site.name);
    }
    std::string words = fmt::format("{}; serves {}", where(config, listener), join(sites));
    if (!self.empty() && !binds(self, listener)) words += "; not bound on " + std::string(self);
    text += row(listener.name, words);
  }
  return text;
}

std::string explain(const Route& route) {
  switch (route.kind) {
    case RouteKind::Pool:
      return "pool " + route.pool;
    case RouteKind::Answer:
      return route.body.empty() ? fmt::format("answer {}", route.status)
                                : fmt::format("answer {}, {}", route.status, number(route.body.size(), "byte"));
    case RouteKind::Redirect:
      return fmt::format("redirect to {} ({})", route.location, route.status);
  }
  return {};
}

std::string explain_sites(const Config& config) {
  std::string text = "\nSites\n";
  for (const Site& site : config.sites) {
    const bool all = site.hosts.size() == 1 && site.hosts[0] == "*";
    text += row(site.name, all ? "every host name" : join(site.hosts));
    for (const Route& route : site.routes) {
      const std::string method = route.method.empty() ? "" : route.method + " ";
      text += row("  " + method + route.prefix, explain(route));
    }
  }
  return text;
}

std::string_view explain(Balance balance) {
  switch (balance) {
    case Balance::RoundRobin:
      return "round-robin";
    case Balance::LeastRequest:
      return "least-request";
    case Balance::Random:
      return "random";
  }
  return {};
}

std::string explain_member(const Member& member) {
  std::vector<std::string> parts;
  if (member.endpoint.address.empty()) {
    parts.emplace_back("its name has no address now");
  } else if (to_text(member.endpoint) != member.name) {
    parts.push_back(to_text(member.endpoint));
  }
  if (member.weight == 0) {
    parts.emplace_back("weight 0: takes no new requests");
  } else if (member.weight != 1) {
    parts.push_back(fmt::format("weight {}", member.weight));
  }
  if (member.backup) parts.emplace_back("backup");
  if (member.max_connections > 0)
    parts.push_back(fmt::format("{} at a time", number(member.max_connections, "request")));
  return join(parts);
}

// "1 failure takes", "3 failures in a row take".
std::string in_a_row(std::uint32_t count, std::string_view one, std::string_view several, std::string_view verb) {
  return count == 1 ? fmt::format("1 {} {}s", one, verb) : fmt::format("{} {} in a row {}", count, several, verb);
}

std::string explain_check(const Check& check) {
  if (check.kind == CheckKind::None) return "none";
  std::string text = check.kind == CheckKind::Tcp ? "TCP connect" : "GET " + check.path;
  text +=
      fmt::format(" every {}, every {} while a member is changing; {} it out, {} it back", say_duration(check.every),
                  say_duration(check.every_fast), in_a_row(check.fall, "failure", "failures", "take"),
                  in_a_row(check.rise, "success", "successes", "put"));
  if (check.kind == CheckKind::Http) {
    text += fmt::format("; alive is {} to {}", check.expect_status_from, check.expect_status_to);
    if (!check.expect_body.empty()) text += fmt::format(" with \"{}\" in the body", check.expect_body);
  }
  return text;
}

std::string explain_limits(const Pool& pool) {
  std::string text = fmt::format("connect {}, first byte {}, second member asked after {}",
                                 say_duration(pool.connect_timeout), say_duration(pool.first_byte_timeout),
                                 pool.try_timeout == Duration{} ? "a learned time" : say_duration(pool.try_timeout));
  text += fmt::format("; retries up to {}% of requests", pool.retry_budget_percent);
  if (pool.queue_limit > 0) {
    text += fmt::format("; a queue of {} for up to {} when no member is free", number(pool.queue_limit, "request"),
                        say_duration(pool.queue_timeout));
  }
  if (pool.eject_after > 0) {
    text += fmt::format("; {} a member for {} and longer", in_a_row(pool.eject_after, "failure", "failures", "eject"),
                        say_duration(pool.eject_for));
  }
  if (pool.slow_start > Duration{}) text += fmt::format("; back to full load over {}", say_duration(pool.slow_start));
  return text;
}

std::string explain_pools(const Config& config) {
  if (config.pools.empty()) return {};
  std::string text = "\nPools\n";
  for (const Pool& pool : config.pools) {
    text += row(pool.name, fmt::format("{}, {}", number(pool.members.size(), "member"), explain(pool.balance)));
    for (const Member& member : pool.members) text += row("  " + member.name, explain_member(member));
    text += row("  check", explain_check(pool.check));
    text += row("  limits", explain_limits(pool));
  }
  return text;
}

std::string explain_list(std::string_view title, const std::vector<std::string>& sentences,
                         std::string_view otherwise) {
  std::string text = fmt::format("\n{}\n", title);
  for (const std::string& sentence : sentences) text += bullet(sentence);
  if (sentences.empty()) text += bullet(otherwise);
  return text;
}

}  // namespace

std::string explain(const Config& config, std::string_view self) {
  std::string text = explain_nodes(config, self);
  text += explain_vips(config);
  text += explain_listeners(config, self);
  text += explain_sites(config);
  text += explain_pools(config);
  text += explain_list("When something dies", what_if(config), "nothing here can die but Stead itself");
  text += explain_list("Single points of failure", single_points_of_failure(config), "none that this file shows");
  return text;
}

}  // namespace stead::config
