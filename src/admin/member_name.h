// Finds the members that an operator means by "app-1:8000" or "api/app-1:8000".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/status.h"

namespace stead::admin {

struct MemberName {
  std::string pool;
  std::string member;
  [[nodiscard]] bool operator==(const MemberName&) const = default;
};

// Without a pool: the member in every pool that has it.
[[nodiscard]] std::vector<MemberName> find_members(const Status& status, std::string_view written);

// What was perhaps meant by a name that stands for no member: the nearest, then those of the same host; at most eight.
[[nodiscard]] std::vector<std::string> near_members(const Status& status, std::string_view written);

}  // namespace stead::admin
