#include "config/self.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/nearest.h"

namespace stead::config {
namespace {

std::vector<std::string_view> names_of(std::span<const Node> nodes) {
  std::vector<std::string_view> names;
  for (const Node& node : nodes) names.push_back(node.name);
  return names;
}

Result<std::string> find_by_name(const Config& config, std::string_view name) {
  const std::vector<std::string_view> names = names_of(config.nodes);
  if (std::find(names.begin(), names.end(), name) != names.end()) return std::string(name);
  if (names.empty()) return failure(fmt::format("--node {}: the file has no [node] section", name));
  const std::string_view close = nearest(name, names);
  return failure(fmt::format("--node {}: no such node{}; nodes are {}", name,
                             close.empty() ? "" : fmt::format(" (did you mean `{}`?)", close), list_words(names)));
}

}  // namespace

Result<std::string> find_self(const Config& config, std::optional<std::string_view> name,
                              std::span<const AddressText> own_addresses) {
  if (name) return find_by_name(config, *name);
  if (config.nodes.empty()) return std::string();
  std::vector<Node> matches;
  for (const Node& node : config.nodes) {
    const bool own = std::find(own_addresses.begin(), own_addresses.end(), node.address) != own_addresses.end();
    if (own) matches.push_back(node);
  }
  if (matches.size() == 1) return matches[0].name;
  if (matches.size() > 1) {
    return failure(
        fmt::format("this machine has the addresses of several nodes, {}: say which one it is with --node NAME",
                    list_words(names_of(matches))));
  }
  return failure(
      fmt::format("this machine has none of the addresses in [node]: say which node it is with --node NAME; "
                  "nodes are {}",
                  list_words(names_of(config.nodes))));
}

}  // namespace stead::config
