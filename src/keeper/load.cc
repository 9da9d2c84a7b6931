#include "keeper/load.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "config/address.h"
#include "config/reader.h"
#include "config/self.h"
#include "keeper/protocol.h"
#include "net/memfd.h"
#include "net/names.h"
#include "net/unique_fd.h"

namespace stead::keeper {
namespace {

Result<std::string> find_node(const config::Config& config, const std::string& given) {
  if (!given.empty()) return config::find_self(config, std::string_view(given), {});
  if (config.nodes.empty()) return std::string();
  const Result<std::vector<std::string>> addresses = net::own_addresses();
  if (!addresses) return std::unexpected(addresses.error());
  return config::find_self(config, std::nullopt, *addresses);
}

}  // namespace

Result<Loaded> load_file(const std::string& file_name, const std::string& node, bool colour) {
  const net::UniqueFd file(open(file_name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failure_errno("open " + file_name);
  Result<std::string> text = net::read_text(file.get(), kMaxConfig);
  if (!text) return std::unexpected(std::move(text.error()).within(file_name));
  return load_text(file_name, std::move(*text), node, colour);
}

Result<Loaded> load_text(const std::string& file_name, std::string text, const std::string& node, bool colour) {
  config::ReadResult read = config::read(text, file_name);
  std::string rendered = config::render(read.diagnostics, text, colour);
  if (!read.config) return failure(std::move(rendered));
  Result<std::string> self = find_node(*read.config, node);
  if (!self) return std::unexpected(std::move(self.error()).within(file_name));
  Loaded loaded{.file_name = file_name,
                .text = std::move(text),
                .config = std::move(*read.config),
                .node = std::move(*self),
                .listeners = {},
                .warnings = std::move(rendered)};
  std::ranges::copy_if(loaded.config.listeners, std::back_inserter(loaded.listeners),
                       [&](const config::Listener& listener) { return config::binds(loaded.node, listener); });
  // A witness is of use without.
  const bool is_witness = !loaded.node.empty() && std::ranges::find(loaded.config.vips, loaded.node,
                                                                    &config::Vip::witness) != loaded.config.vips.end();
  if (loaded.listeners.empty() && !is_witness) {
    return failure(file_name + ": no site has a listener on this node" +
                   (loaded.node.empty() ? std::string() : " (" + loaded.node + ")") + ", so there is nothing to serve");
  }
  if (!loaded.config.admin.metrics.empty()) {
    const config::HostPort metrics = config::split_host_port(loaded.config.admin.metrics);
    loaded.listeners.push_back({.name = std::string(config::kMetricsListener),
                                .endpoint = {std::string(metrics.host), metrics.port},
                                .node = loaded.node,
                                .where = {}});
  }
  if (loaded.listeners.size() > kMaxListeners) {
    return failure(file_name + ": " + std::to_string(loaded.listeners.size()) +
                   " listeners on this node, and at most " + std::to_string(kMaxListeners) +
                   " are possible: several sites can share one");
  }
  return loaded;
}

}  // namespace stead::keeper
