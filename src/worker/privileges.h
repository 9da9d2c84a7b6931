// Gives up everything that a worker does not need: it parses what comes from outside, so whoever gets it to run code of
// theirs should find nothing to use.
//
// Before any thread is started: identity and capabilities belong to each thread. What it cannot give up is an error,
// and the worker must not serve then.
#pragma once

#include <string>

#include "base/error.h"

namespace stead::worker {

// As root: becomes `user`, "nobody" where that is empty, without supplementary groups. As anyone else: stays who it is,
// and a `user` that is somebody else is an error. In any case all capabilities go, from every set, and for good.
[[nodiscard]] Result<> drop_privileges(const std::string& user);

// As many descriptors as the system lets us have.
[[nodiscard]] Result<> raise_descriptor_limit();

}  // namespace stead::worker
