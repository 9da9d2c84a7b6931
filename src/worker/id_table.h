// Small, dense numbers for names: the same number for a name as long as the worker lives, over any number of reloads,
// so that the loops' records of a member or pool stay valid. Numbers are never given to another name.
//
// Grows with the number of different names ever seen, which the operator's edits bound.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace stead::worker {

class IdTable {
 public:
  [[nodiscard]] std::uint32_t id_of(std::string_view name) {
    const auto found = ids_.find(name);
    if (found != ids_.end()) return found->second;
    return ids_.emplace(std::string(name), static_cast<std::uint32_t>(ids_.size())).first->second;
  }
  [[nodiscard]] std::size_t size() const { return ids_.size(); }

 private:
  std::map<std::string, std::uint32_t, std::less<>> ids_;
};

}  // namespace stead::worker
