#include <fmt/format.h>

#include "config/address.h"
#include "config/reading.h"

namespace stead::config {

void read_admin(Reading& reading) {
  const Entry* section = reading.document.root.find("admin");
  if (section == nullptr) return;
  const Place place{"admin", "[admin]", section->key_span};
  if (!expect_table(section->value, place, reading.report)) return;
  for (const Entry& entry : section->value.entries) {
    if (find_key("admin", entry.key) == nullptr) report_unknown_key(entry, place, reading.report);
  }
  const Entry* metrics = section->value.find("metrics");
  if (metrics == nullptr) return;
  const Value& value = metrics->value;
  if (value.kind != Kind::Text) {
    return report_type(*find_key("admin", "metrics"), value, "an address and a port", reading.report);
  }
  const HostPort parts = split_host_port(value.text);
  const std::optional<AddressText> address = parts.host == "any" ? AddressText("::") : parse_address(parts.host);
  if (parts.error || !address) {
    reading.report.add({.code = parts.error ? Code::BadPort : Code::BadAddress,
                        .message = fmt::format("\"{}\" is not an address and a port", value.text),
                        .span = value.span,
                        .help = "write \"127.0.0.1:9100\", or \"any:9100\" for all addresses"});
    return;
  }
  reading.config.admin.metrics = join_host_port(*address, parts.port);
}

}  // namespace stead::config
