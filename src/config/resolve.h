// Gives members that are written as host names their addresses. Apart from the reader, since asking a resolver takes
// time and may fail, and since the answer changes while the file does not.
//
// A name that cannot be resolved costs its member only: one dead name server or container must not keep the rest of the
// file from being served.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/diagnostic.h"
#include "config/model.h"

namespace stead::config {

// The addresses of a host name, best first, in canonical text. Injected: the shell asks the system (net/names.h), a
// test says what it likes.
using Resolver = std::function<Result<std::vector<AddressText>>(const std::string& host)>;

// Whether the member's address is a matter for the resolver, now and each time it is asked again: its host is neither
// an address nor a node.
[[nodiscard]] bool needs_resolver(const Config& config, const Member& member);

// Fills in what can be found, asking once for each name; the rest keeps an empty address. Returns one warning for each
// member that has none, for `file_name`.
std::vector<Diagnostic> resolve_members(Config& config, const Resolver& resolver, std::string_view file_name);

}  // namespace stead::config
