// Keeps the `secrets` of [vip.NAME] from those who need not know them: people who read diagnostics, and the worker,
// which gets the file's text but speaks no VRRP.
#pragma once

#include <string>
#include <string_view>

namespace stead::config {

// For showing: what is, or may have been meant as, a secret is replaced by as many '*'. Also where the text is no TOML,
// the key is misspelt or quotes are missing: rather too much than too little.
[[nodiscard]] std::string with_secrets_hidden(std::string_view text);

// For reading: a file without errors, with keys of zeros in the place of the real ones. It has no errors either, and
// all else is as it was, byte for byte.
[[nodiscard]] std::string with_secrets_blanked(std::string_view text);

}  // namespace stead::config
