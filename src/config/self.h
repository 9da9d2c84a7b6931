// Which of the file's nodes is this machine? The file is the same everywhere, so a machine must find itself in it.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/model.h"

namespace stead::config {

// By `name` if there is one (--node), else by which node has one of `own_addresses` (canonical text, as
// config/address.h makes it). A file without nodes is for any machine: the result is an empty name. Fails where the
// name is not in the file, or where no node or several nodes match, and says what to do.
[[nodiscard]] Result<std::string> find_self(const Config& config, std::optional<std::string_view> name,
                                            std::span<const AddressText> own_addresses);

// Whether that node binds the listener.
[[nodiscard]] inline bool binds(std::string_view self, const Listener& listener) {
  if (!listener.vip.empty()) return std::ranges::find(listener.vip_nodes, self) != listener.vip_nodes.end();
  return listener.node.empty() || listener.node == self;
}

}  // namespace stead::config
