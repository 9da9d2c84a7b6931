// What someone had in mind who wrote a key that does not exist where it stands: another spelling, another program's
// word, or the right word in the wrong section.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/keys.h"

namespace stead::config {

struct Suggestion {
  // The keys that may have been meant, likeliest first; empty: no idea.
  std::vector<const Key*> keys;
  bool here = false;   // it is a key of the same section
  bool exact = false;  // the word is right, the section is not
};

// `is_table`: what was written is a table, so that a key that holds one was meant.
[[nodiscard]] Suggestion suggest_key(std::string_view written, std::string_view section, bool is_table);

// The section of the top that was meant by "upstream" or "pools"; empty: no idea.
[[nodiscard]] std::string_view suggest_section(std::string_view written);

// "[pool.NAME]", "`check` of a pool".
[[nodiscard]] std::string_view section_title(std::string_view section);

}  // namespace stead::config
