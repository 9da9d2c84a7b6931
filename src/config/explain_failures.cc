// The part of the plan that speaks of deaths.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/address.h"
#include "config/explain.h"
#include "config/predict.h"
#include "config/quantity.h"

namespace stead::config {
namespace {

std::string quote_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

// Where a member runs: two with the same one die together.
std::string machine_of(const Config& config, const Member& member) {
  const std::string& address = member.endpoint.address.empty() ? member.host : member.endpoint.address;
  for (const Node& node : config.nodes) {
    if (node.address == address) return node.name;
  }
  // All of 127.0.0.0/8 and ::1 is this machine, whatever the number.
  const bool loopback = address == "::1" || address == "localhost" || address.starts_with("127.");
  return loopback ? "this machine" : address;
}

std::vector<const Member*> working(const Pool& pool) {
  std::vector<const Member*> members;
  for (const Member& member : pool.members) {
    if (member.weight > 0) members.push_back(&member);
  }
  return members;
}

std::vector<std::string> routes_to(const Config& config, const Pool& pool) {
  std::vector<std::string> sites;
  for (const Site& site : config.sites) {
    const bool leads = std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& route) {
      return route.kind == RouteKind::Pool && route.pool == pool.name;
    });
    if (leads) sites.push_back(site.name);
  }
  return sites;
}

std::string waits(const Pool& pool) {
  if (pool.queue_limit == 0) return "requests get 503 at once";
  return fmt::format("requests wait for up to {} and then get 503", say_duration(pool.queue_timeout));
}

std::string noticed(Duration time) {
  return time == Duration{} ? "no check takes it out" : fmt::format("checks take it out within {}", say_duration(time));
}

std::string if_killed(const Pool& pool) {
  if (working(pool).size() < 2) return fmt::format("If the member of {} is killed, {}.", pool.name, waits(pool));
  return fmt::format(
      "If a member of {} is killed, its connections are refused: those requests go to another member at once, and {}. "
      "Requests that it was working on are lost, unless they are safe to repeat.",
      pool.name, noticed(time_to_notice_refusal(pool.check)));
}

// A process that is stopped or stuck: its kernel still accepts, so only what waits for an answer can tell.
std::string hang_is_noticed(const Pool& pool) {
  const bool by_requests = pool.eject_after > 0;
  if (notices_hang(pool.check)) {
    return fmt::format("Checks take it out within {}{}.", say_duration(time_to_notice_silence(pool.check)),
                       by_requests ? ", requests without an answer often before" : "");
  }
  const std::string_view check = pool.check.kind == CheckKind::None
                                     ? "There is no check to take it out"
                                     : "A TCP check does not notice, since the kernel still accepts";
  return fmt::format("{}{}. A check with `http` would.", check,
                     by_requests ? "; requests without an answer take it out after a while" : "");
}

std::string if_silent(const Pool& pool) {
  const std::string after =
      pool.try_timeout == Duration{} ? "a time learned from the pool (at least 50 ms)" : say_duration(pool.try_timeout);
  return fmt::format(
      "If a member of {} hangs, safe requests (GET, HEAD) are asked of a second member after {}; others wait for up to "
      "{}. {}",
      pool.name, after, say_duration(pool.first_byte_timeout), hang_is_noticed(pool));
}

std::string if_host_gone(const Pool& pool) {
  return fmt::format(
      "If the host of a member of {} is cut off, a new connection to it is given up after {} and another member is "
      "tried; {}.",
      pool.name, say_duration(pool.connect_timeout), noticed(time_to_notice_silence(pool.check)));
}

std::string if_all_dead(const Pool& pool) {
  std::string text = fmt::format("If all members of {} are down, {}", pool.name, waits(pool));
  if (pool.check.kind != CheckKind::None) {
    text += fmt::format("; one that is back is used within {}", say_duration(time_to_return(pool.check)));
  }
  return text + ".";
}

void if_pool_dies(const Pool& pool, std::vector<std::string>& sentences) {
  if (working(pool).empty()) return;
  sentences.push_back(if_killed(pool));
  if (working(pool).size() < 2) return;
  sentences.push_back(if_silent(pool));
  sentences.push_back(if_host_gone(pool));
  sentences.push_back(if_all_dead(pool));
}

// A site on a port, which is what a client asks for: the same site on another port does not help it.
struct Entrance {
  std::string site;
  std::uint16_t port = 0;
  std::vector<const Listener*> listeners;
};

std::vector<Entrance> entrances(const Config& config) {
  std::vector<Entrance> all;
  for (const Site& site : config.sites) {
    for (const std::uint32_t index : site.listeners) {
      const Listener& listener = config.listeners[index];
      const auto same = [&](const Entrance& one) {
        return one.site == site.name && one.port == listener.endpoint.port;
      };
      auto found = std::find_if(all.begin(), all.end(), same);
      if (found == all.end()) found = all.insert(all.end(), Entrance{site.name, listener.endpoint.port, {}});
      found->listeners.push_back(&listener);
    }
  }
  return all;
}

// Whether nobody is left there without the node.
bool leads_to(const Listener* listener, std::string_view node) {
  if (listener->vip.empty()) return listener->node == node;
  return listener->vip_nodes.size() == 1 && listener->vip_nodes[0] == node;
}

// What cannot be reached without this node, "shop on port 80", and what still can, elsewhere.
void split_entrances(const Config& config, const std::string& node, std::vector<std::string>& lost,
                     std::vector<std::string>& kept) {
  for (const Entrance& entrance : entrances(config)) {
    std::vector<std::string> others;
    for (const Listener* listener : entrance.listeners) {
      if (!leads_to(listener, node)) others.push_back(listener->name);
    }
    if (others.size() == entrance.listeners.size()) continue;
    if (others.empty()) {
      lost.push_back(fmt::format("{} on port {}", entrance.site, entrance.port));
    } else {
      kept.push_back(fmt::format("{} is still served at {}", entrance.site, quote_names(others)));
    }
  }
}

// Pools that lose members with this machine: some of them, or all.
void split_pools(const Config& config, const std::string& machine, std::vector<std::string>& some,
                 std::vector<std::string>& all) {
  for (const Pool& pool : config.pools) {
    const std::vector<const Member*> members = working(pool);
    const auto lost = std::count_if(members.begin(), members.end(),
                                    [&](const Member* member) { return machine_of(config, *member) == machine; });
    if (lost == 0) continue;
    (static_cast<std::size_t>(lost) == members.size() ? all : some).push_back(pool.name);
  }
}

std::string if_node_dies(const Config& config, const Node& node) {
  std::vector<std::string> some;
  std::vector<std::string> all;
  split_pools(config, node.name, some, all);
  std::vector<std::string> lost;
  std::vector<std::string> kept;
  split_entrances(config, node.name, lost, kept);
  std::vector<std::string> parts;
  if (!lost.empty()) parts.push_back(fmt::format("{} cannot be reached", quote_names(lost)));
  if (!kept.empty()) parts.push_back(fmt::format("{}, for clients that ask there", fmt::join(kept, ", ")));
  if (!all.empty()) parts.push_back(fmt::format("{} has no member left", quote_names(all)));
  if (!some.empty()) parts.push_back(fmt::format("{} goes on with the other members", quote_names(some)));
  if (parts.empty()) return {};
  return fmt::format("If node {} dies, {}.", node.name, fmt::join(parts, "; "));
}

void worker_dies(const Config& config, std::vector<std::string>& sentences) {
  sentences.push_back(
      fmt::format("If the worker is killed, the keeper starts another at once and keeps the listening sockets open "
                  "meanwhile; one that hangs is replaced after {}.",
                  say_duration(config.worker.heartbeat_timeout)));
}

std::string addresses_of(const Vip& vip) {
  std::vector<std::string> addresses;
  for (const VipAddress& one : vip.addresses) addresses.push_back(one.address);
  return quote_names(addresses);
}

void with_witness(const Vip& vip, std::vector<std::string>& sentences) {
  const bool counted = vip.nodes.size() % 2 == 0;
  const std::string needed =
      counted && vip.nodes.size() == 2
          ? fmt::format("the witness {} or the other node", vip.witness)
          : fmt::format("more than half of the nodes{}",
                        counted ? fmt::format(", or half of them and the witness {}", vip.witness)
                                : fmt::format(", itself counted, which cannot tie: {} is not asked", vip.witness));
  sentences.push_back(fmt::format(
      "If the nodes of {0} are alive but cannot hear each other, nobody has {1} who is not in touch with {2}: an owner "
      "that is cut off gives {1} up, and the next node takes over. {3} alone can fail without anything moving.",
      vip.name, addresses_of(vip), needed, vip.witness));
  if (!counted) return;
  sentences.push_back(
      fmt::format("If {} and the owner of {} are dead at once, nobody takes {} over until one of the two is back.",
                  vip.witness, vip.name, addresses_of(vip)));
}

void split_brain(const Vip& vip, std::vector<std::string>& sentences) {
  if (!vip.witness.empty()) return with_witness(vip, sentences);
  sentences.push_back(fmt::format(
      "If the nodes of {} are alive but cannot hear each other, each believes that the others are dead, and "
      "all of them own {} until they hear each other again.",
      vip.name, addresses_of(vip)));
}

std::string_view network_follows(const Vip& vip) {
  return vip.provider == VipProvider::Exec ? "; the network sends it packets once the command has succeeded there" : "";
}

void owner_dies(const Vip& vip, std::vector<std::string>& sentences) {
  if (vip.nodes.size() < 2) return;
  if (vip.spread) {
    sentences.push_back(fmt::format(
        "If a node of {} is cut off, freezes or loses power, the others have its addresses within {}, and no other "
        "address moves. Stopped in order, or told to hand over, it serves until they have them.",
        vip.name, say_duration(time_to_take_over(vip))));
    return split_brain(vip, sentences);
  }
  sentences.push_back(
      fmt::format("If the owner of {} is cut off, freezes or loses power, the next node has {} within {}{}. Stopped in "
                  "order, or told "
                  "to hand over, it serves until the next node has it.",
                  vip.name, addresses_of(vip), say_duration(time_to_take_over(vip)), network_follows(vip)));
  split_brain(vip, sentences);
}

// An address that is no node's belongs to one machine at a time all the same.
void lonely_addresses(const Config& config, std::vector<std::string>& sentences) {
  if (config.nodes.size() < 2) return;  // said already
  for (const Entrance& entrance : entrances(config)) {
    const Listener& first = *entrance.listeners[0];
    if (entrance.listeners.size() > 1 || !first.node.empty() || is_wildcard(first.endpoint.address)) continue;
    if (!first.vip.empty()) continue;
    sentences.push_back(fmt::format("{} on port {} is only at {}, on whichever machine has that address.",
                                    entrance.site, entrance.port, first.endpoint.address));
  }
}

void lonely_pool(const Config& config, const Pool& pool, std::vector<std::string>& sentences) {
  const std::vector<const Member*> members = working(pool);
  const std::vector<std::string> sites = routes_to(config, pool);
  if (members.empty() || sites.empty()) return;
  if (members.size() == 1) {
    sentences.push_back(fmt::format("{} is the only member of pool {}, which {} needs.", members[0]->name, pool.name,
                                    quote_names(sites)));
    return;
  }
  std::set<std::string> machines;
  for (const Member* member : members) machines.insert(machine_of(config, *member));
  if (machines.size() > 1) return;
  const std::string count = members.size() == 2 ? "Both" : fmt::format("All {}", members.size());
  sentences.push_back(fmt::format("{} members of pool {}, which {} needs, are on {}.", count, pool.name,
                                  quote_names(sites), *machines.begin()));
}

}  // namespace

std::vector<std::string> what_if(const Config& config) {
  std::vector<std::string> sentences;
  for (const Pool& pool : config.pools) {
    if (!routes_to(config, pool).empty()) if_pool_dies(pool, sentences);
  }
  for (const Vip& vip : config.vips) {
    owner_dies(vip, sentences);
    tracks_go_bad(config, vip, sentences);
  }
  for (const Node& node : config.nodes) {
    std::string sentence = if_node_dies(config, node);
    if (!sentence.empty()) sentences.push_back(std::move(sentence));
  }
  worker_dies(config, sentences);
  return sentences;
}

std::vector<std::string> single_points_of_failure(const Config& config) {
  std::vector<std::string> sentences;
  if (config.nodes.size() < 2) {
    sentences.push_back(fmt::format("{}: one machine alone runs Stead.",
                                    config.nodes.empty() ? "The file names no nodes" : "The file names one node"));
  } else {
    for (const Node& node : config.nodes) {
      std::vector<std::string> lost;
      std::vector<std::string> kept;
      split_entrances(config, node.name, lost, kept);
      if (lost.empty()) continue;
      sentences.push_back(fmt::format("Node {} is the only way to reach {}.", node.name, quote_names(lost)));
    }
  }
  lonely_addresses(config, sentences);
  for (const Pool& pool : config.pools) lonely_pool(config, pool, sentences);
  return sentences;
}

}  // namespace stead::config
