#include "admin/member_name.h"

#include <algorithm>

#include "config/nearest.h"

namespace stead::admin {

namespace {

constexpr std::size_t kMostNames = 8;

struct Candidate {
  std::size_t distance = 0;
  std::string name;
};

// How far `written` is from a member's name: from the name itself, with its pool, or from its host alone.
std::size_t distance_to(std::string_view written, const std::string& pool, const std::string& member) {
  const std::string_view host = std::string_view(member).substr(0, member.rfind(':'));
  if (written == host) return 0;
  return std::min(config::edit_distance(written, member), config::edit_distance(written, pool + "/" + member));
}

}  // namespace

std::vector<MemberName> find_members(const Status& status, std::string_view written) {
  std::vector<MemberName> found;
  for (const PoolStatus& pool : status.pools) {
    for (const MemberStatus& member : pool.members) {
      if (written == member.name || written == pool.name + "/" + member.name) found.push_back({pool.name, member.name});
    }
  }
  return found;
}

std::vector<std::string> near_members(const Status& status, std::string_view written) {
  std::vector<Candidate> candidates;
  written = written.substr(0, 256);  // the distance costs the product of the lengths
  for (const PoolStatus& pool : status.pools) {
    for (const MemberStatus& member : pool.members) {
      candidates.push_back({distance_to(written, pool.name, member.name), pool.name + "/" + member.name});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& one, const Candidate& other) { return one.distance < other.distance; });
  // In a small file every name may be shown; in a large one, only what resembles.
  const std::size_t resembling = written.size() / 2 + 1;
  std::vector<std::string> names;
  for (Candidate& candidate : candidates) {
    if (names.size() == kMostNames) break;
    if (candidates.size() > kMostNames && candidate.distance > resembling) break;
    names.push_back(std::move(candidate.name));
  }
  return names;
}

}  // namespace stead::admin
