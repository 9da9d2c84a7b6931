#include "config/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "config/address.h"

namespace stead::config {

bool needs_resolver(const Config& config, const Member& member) {
  if (parse_address(member.host)) return false;
  return std::none_of(config.nodes.begin(), config.nodes.end(),
                      [&](const Node& node) { return node.name == member.host; });
}

std::vector<Diagnostic> resolve_members(Config& config, const Resolver& resolver, std::string_view file_name) {
  std::map<std::string, Result<std::vector<AddressText>>> answers;
  Report report(file_name);
  for (Pool& pool : config.pools) {
    for (Member& member : pool.members) {
      if (!needs_resolver(config, member)) continue;
      auto found = answers.find(member.host);
      if (found == answers.end()) found = answers.emplace(member.host, resolver(member.host)).first;
      const Result<std::vector<AddressText>>& answer = found->second;
      if (answer && !answer->empty()) {
        member.endpoint.address = answer->front();
        continue;
      }
      member.endpoint.address.clear();
      const auto length = static_cast<std::uint32_t>(member.name.size() + 2);
      report.add({.code = Code::UnresolvedName,
                  .message = fmt::format("{} cannot be resolved", member.host),
                  .span = {member.where, {member.where.line, member.where.column + length}},
                  .label = answer ? "no address" : answer.error().message,
                  .help = "correct the name, or write an address"});
    }
  }
  return report.take();
}

}  // namespace stead::config
