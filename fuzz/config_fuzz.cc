// Arbitrary text as a configuration file: it is read or refused with reasons, and what comes of it holds together.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/diff.h"
#include "config/explain.h"
#include "config/hide_secrets.h"
#include "config/reader.h"

namespace {

using namespace stead;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const config::Config& file) {
  require(!file.sites.empty());
  for (const config::Site& site : file.sites) {
    require(!site.hosts.empty() && !site.listeners.empty() && !site.routes.empty());
    for (const std::uint32_t listener : site.listeners) require(listener < file.listeners.size());
    for (const config::Route& route : site.routes) {
      require(route.prefix.starts_with('/') && route.status >= 200 && route.status <= 599);
      require(route.kind != config::RouteKind::Pool || file.find_pool(route.pool) != nullptr);
    }
  }
  for (const config::Listener& listener : file.listeners) {
    require(!listener.endpoint.address.empty() && listener.endpoint.port != 0);
  }
  for (const config::Pool& pool : file.pools) {
    require(!pool.members.empty());
    require(pool.check.every_fast <= pool.check.every && pool.check.rise > 0 && pool.check.fall > 0);
    require(
        std::any_of(pool.members.begin(), pool.members.end(), [](const auto& member) { return member.weight > 0; }));
    for (const config::Member& member : pool.members) require(member.endpoint.port != 0 && !member.host.empty());
  }
  require(!config::explain(file, "").empty());
  require(config::diff(file, file).empty());
}

// Neither moves a line or a column, and what a worker gets is a file without errors, too.
void check_secrets(std::string_view text, const config::ReadResult& result) {
  const std::string shown = config::with_secrets_hidden(text);
  require(shown.size() == text.size() && std::ranges::count(shown, '\n') == std::ranges::count(text, '\n'));
  if (!result.config) return;
  const std::string blanked = config::with_secrets_blanked(text);
  require(blanked.size() == text.size() && config::read(blanked, "fuzz.toml").config.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const config::ReadResult result = config::read(text, "fuzz.toml");
  require(result.config.has_value() != config::has_errors(result.diagnostics));
  require(result.diagnostics.empty() == config::render(result.diagnostics, text, true).empty());
  require(!config::to_json(result.diagnostics).empty());
  check_secrets(text, result);
  if (result.config) check(*result.config);
  return 0;
}
