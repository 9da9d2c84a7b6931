#include "config/schema.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "config/json_text.h"
#include "config/keys.h"

namespace stead::config {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view kNamePattern = "^[A-Za-z0-9._-]{1,64}$";
constexpr std::string_view kNodePattern = "^[A-Za-z0-9_-]{1,64}$";
constexpr std::string_view kEndpointPattern = "^.+:[0-9]{1,5}$";

object section_schema(std::string_view path);

object text_schema(std::string_view pattern = {}) {
  object schema{{"type", "string"}};
  if (!pattern.empty()) schema["pattern"] = pattern;
  return schema;
}

object any_of(std::initializer_list<object> alternatives) {
  array list;
  for (const object& alternative : alternatives) list.push_back(alternative);
  return {{"anyOf", std::move(list)}};
}

object list_of(object item) {
  const object single = item;
  return any_of({single, {{"type", "array"}, {"items", std::move(item)}}});
}

object table_of(object value, std::string_view name_pattern) {
  return {
      {"type", "object"}, {"propertyNames", {{"pattern", name_pattern}}}, {"additionalProperties", std::move(value)}};
}

object choice_schema(const Key& key) {
  array words;
  for (const std::string_view choice : key.choices) words.push_back(boost::json::string(choice));
  return {{"enum", std::move(words)}};
}

// Without the word that may stand instead.
object quantity_schema(const Key& key) {
  switch (key.type) {
    case Type::Count:
      return {{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}};
    case Type::Duration:
      return text_schema("^[0-9]+(\\.[0-9]{1,3})?(ms|s|m|h)$");
    case Type::Percent:
      return text_schema("^[0-9]+%$");
    default:
      return text_schema();
  }
}

object value_schema(const Key& key) {
  const std::string inner = fmt::format("{}.{}", key.section, key.name);
  switch (key.type) {
    case Type::Name:
      return text_schema(kNamePattern);
    case Type::Flag:
      return {{"type", "boolean"}};
    case Type::Choice:
      return choice_schema(key);
    case Type::Section:
      return section_schema(inner);
    case Type::CheckTable:
    case Type::EjectTable:
      return any_of({{{"type", "boolean"}}, section_schema(inner)});
    case Type::NodeAddress:
      return any_of({text_schema(), {{"type", "object"}, {"required", {"address"}}}});
    case Type::Priorities:
      return table_of({{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}}, kNodePattern);
    case Type::Hosts:
    case Type::VipAddresses:
    case Type::VipNodes:
    case Type::Peers:
    case Type::TrackNames:
      return list_of(text_schema());
    case Type::Secrets:
      return list_of(text_schema("^[0-9]{1,3}:(hex:[0-9A-Fa-f]{64,128}|.{32,64})$"));
    case Type::Command:
      return {{"type", "array"}, {"minItems", 1}, {"items", text_schema()}};
    case Type::Listeners:
      return list_of(text_schema(kEndpointPattern));
    case Type::Routes:
      return table_of(section_schema(inner + ".*"), "^([A-Z_-]+ )?/");
    case Type::Members:
      return list_of(any_of({text_schema(kEndpointPattern), section_schema(inner + ".*")}));
    case Type::CheckPath:
      return text_schema("^/");
    case Type::StatusRange:
      return any_of({text_schema("^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"),
                     {{"type", "integer"}, {"minimum", key.min}, {"maximum", key.max}}});
    case Type::Endpoint:
      return text_schema(kEndpointPattern);
    case Type::Redirect:
      return text_schema("^(https?://|/)");
    case Type::Text:
    case Type::Header:
    case Type::Count:
    case Type::Duration:
    case Type::Percent:
      break;
  }
  object schema = quantity_schema(key);
  if (key.word.empty()) return schema;
  return any_of({std::move(schema), {{"const", key.word}}});
}

object key_schema(const Key& key) {
  object schema = value_schema(key);
  schema["description"] = key.description;
  if (!key.fallback.empty() && key.fallback.find('{') == std::string_view::npos) {
    schema["default"] = boost::json::parse(boost::json::string_view(key.fallback));
  }
  return schema;
}

object section_schema(std::string_view path) {
  object properties;
  array required;
  for (const Key& key : all_keys()) {
    if (key.section != path || key.name == "*") continue;
    properties[key.name] = key_schema(key);
    if (key.required) required.push_back(boost::json::string(key.name));
  }
  object schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  if (const SectionInfo* section = find_section(path)) schema["description"] = section->description;
  return schema;
}

// [site.NAME] is a table of sections; [timeouts] is one.
object top_section(const SectionInfo& section) {
  if (section.path == "node") {
    object schema = table_of(key_schema(*find_key("node", "*")), kNodePattern);
    schema["description"] = section.description;
    return schema;
  }
  if (section.path.ends_with(".*")) return table_of(section_schema(section.path), kNamePattern);
  return section_schema(section.path);
}

bool is_top(std::string_view path) {
  const std::size_t dot = path.find('.');
  return !path.empty() && (dot == std::string_view::npos || path.substr(dot) == ".*");
}

}  // namespace

std::string json_schema() {
  object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "The file of Stead"}};
  for (auto&& member : section_schema("")) schema[member.key()] = member.value();
  object& properties = schema["properties"].as_object();
  for (const SectionInfo& section : all_sections()) {
    if (is_top(section.path)) properties[section.path.substr(0, section.path.find('.'))] = top_section(section);
  }
  return indented(schema);
}

}  // namespace stead::config
