// The plan in words: what a file without mistakes will do, and what will happen when parts of it die. For `stead
// check`, so that an operator can compare it with what he meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"

namespace stead::config {

// The whole plan. `self` is the node from whose side to look, or empty for all of them.
[[nodiscard]] std::string explain(const Config& config, std::string_view self);

// One sentence or two for each kind of death, per pool and per node: "If app-1 dies, …".
[[nodiscard]] std::vector<std::string> what_if(const Config& config);

// A track in words: what is looked at, how often, and what it takes to call it bad.
[[nodiscard]] std::string explain(const Track& track);

// What happens to the addresses of a vip while one of its tracks is bad: a part of what_if().
void tracks_go_bad(const Config& config, const Vip& vip, std::vector<std::string>& sentences);

// One sentence for each part whose death alone stops something from being served.
[[nodiscard]] std::vector<std::string> single_points_of_failure(const Config& config);

}  // namespace stead::config
