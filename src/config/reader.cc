#include "config/reader.h"

#include <fmt/format.h>

#include "config/reading.h"
#include "config/suggest.h"

namespace stead::config {
namespace {

// The last part of a section's path that a person writes: "pool" of "pool.*".
std::string_view first_word(std::string_view path) { return path.substr(0, path.find('.')); }

bool is_section(std::string_view name) {
  for (const SectionInfo& section : all_sections()) {
    if (!section.path.empty() && first_word(section.path) == name) return true;
  }
  return false;
}

void report_unknown_section(const Entry& entry, Report& report) {
  Diagnostic diagnostic{.code = Code::UnknownSection, .span = entry.key_span};
  diagnostic.message = fmt::format("unknown section [{}]", entry.key);
  const std::string_view meant = suggest_section(entry.key);
  if (meant.empty()) {
    diagnostic.help =
        "sections are [node], [vip.NAME], [track.NAME], [site.NAME], [pool.NAME], [timeouts], [worker], [log] and "
        "[admin]";
  } else {
    diagnostic.label = fmt::format("did you mean `{}`?", meant);
    diagnostic.replacement = meant;
  }
  report.add(std::move(diagnostic));
}

void read_top(Reading& reading) {
  const Place place{"", "the top of the file", {}};
  for (const Entry& entry : reading.document.root.entries) {
    if (is_section(entry.key) || find_key("", entry.key) != nullptr) continue;
    const bool table =
        entry.value.kind == Kind::Table ||
        (entry.value.kind == Kind::List && !entry.value.items.empty() && entry.value.items[0].kind == Kind::Table);
    if (table) {
      report_unknown_section(entry, reading.report);
    } else {
      report_unknown_key(entry, place, reading.report);
    }
  }
  read_fields(reading.document.root, place, reading.config, reading.report);
}

// [timeouts], [worker], [log]: a section without a name, which may be left out.
template <typename T>
void read_plain(Reading& reading, std::string_view name, T& target) {
  const Entry* entry = reading.document.root.find(name);
  store_defaults(name, target);
  if (entry == nullptr) return;
  const Place place{name, fmt::format("[{}]", name), entry->key_span};
  if (!expect_table(entry->value, place, reading.report)) return;
  read_section(entry->value, place, reading.document.complete, target, reading.report);
}

}  // namespace

ReadResult read(std::string_view text, std::string_view file_name) {
  Report report(file_name);
  const Document document = parse_document(text, report);
  Reading reading{document, report, {}, {}};
  read_top(reading);
  read_nodes(reading);
  read_tracks(reading);
  read_vips(reading);
  read_sites(reading);
  read_pools(reading);
  read_plain(reading, "timeouts", reading.config.timeouts);
  read_plain(reading, "worker", reading.config.worker);
  read_plain(reading, "log", reading.config.log);
  read_admin(reading);
  check_references(reading);
  check_listeners(reading);
  check_timers(reading);

  ReadResult result;
  if (!report.has_errors()) result.config = std::move(reading.config);
  result.diagnostics = report.take();
  return result;
}

}  // namespace stead::config
