// The numbers by which a pool's members are judged. They come from the configuration file; the values here are those of
// the tests and of anyone who has no file.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace stead::core::health {

// What a passed check proves. A TCP connection is accepted by the kernel of a frozen process too.
enum class CheckDepth : std::uint8_t { None, Connect, Answer };

struct Rules {
  CheckDepth check = CheckDepth::Answer;  // None: passive only
  Duration every = 1s;
  Duration every_fast = 200ms;  // while a member is changing state
  Duration timeout = 1s;
  std::uint32_t rise = 2;  // passed checks in a row that bring a member up
  std::uint32_t fall = 3;  // failed ones in a row that take it down

  // Passive health needs more failures than checks do: one request that kills its worker, sent again by its client,
  // must not take one member after another out.
  std::uint32_t eject_after = 5;  // dead outcomes in a row; 0: never
  Duration eject_for = 5s;        // the first ejection; the n-th lasts n times as long
  Duration slow_start{};          // 0: none

  // Poor outcomes in a row that eject, as a multiple of eject_after, where others do clearly better.
  static constexpr std::uint32_t kPoorFactor = 3;
  // The n-th ejection lasts min(n, this) times eject_for …
  static constexpr std::uint32_t kLongestEjection = 10;
  // … and each such time without an ejection takes one off n.
  static constexpr Duration kForgiveAfter = 60s;
  // From this many ejections on, passed checks no longer shorten the term: it flaps.
  static constexpr std::uint32_t kFlapping = 3;
};

// The wait between two checks differs from its interval by up to this share, so that members drift apart.
inline constexpr double kCheckJitter = 0.1;

// No member that has healed stays away longer than this: from the moment at which it passes every check, until it takes
// requests again. `term_left` is what is left of its ejection then; 0 for one that is Down. A check that was under way
// at that moment may still fail.
[[nodiscard]] constexpr Duration longest_return(const Rules& rules, Duration term_left) {
  const auto stretched = [](Duration interval) {
    return Duration{static_cast<Duration::rep>(static_cast<double>(interval.count()) * (1.0 + kCheckJitter))};
  };
  const Duration after_checks =
      rules.timeout + stretched(rules.every) + rules.rise * (stretched(rules.every_fast) + rules.timeout);
  return rules.check == CheckDepth::None ? term_left : term_left + after_checks;
}

}  // namespace stead::core::health
