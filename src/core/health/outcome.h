// What is observed of a member: by its active checks and by the requests sent to it. The data loops' outcomes mirror
// OutcomeKind (service/http/outcome.h); the names are the same.
//
// The distinction that matters is dead from poor. Dead: nobody is there, or what is there breaks connections; asking
// again is useless, and the member goes at once. Poor: it is there and answers late or with errors, as every member
// does when the pool has too little capacity or the database behind it is down; taking it away then moves its load to
// the others and topples them one after another. So poor members go only where others do clearly better.
#pragma once

#include <cstdint>
#include <string_view>

namespace stead::core::health {

enum class CheckResult : std::uint8_t {
  Passed,
  NoAddress,       // its name does not resolve
  Refused,         // refused, unreachable
  ConnectTimeout,  // no answer to the connection attempt
  Closed,          // the connection ended before the answer did
  TimedOut,        // connected, but no complete answer in time
  WrongStatus,
  WrongBody,
  Malformed,  // not HTTP
};

enum class OutcomeKind : std::uint8_t {
  Ok,              // an answer below 500 arrived
  ServerError,     // an answer of 500 or above arrived
  ConnectRefused,  // refused, unreachable: nobody is there
  ConnectTimeout,
  Reset,        // closed on a fresh connection, or in the middle of an answer
  BadResponse,  // not HTTP, or ambiguous
  Slow,         // no first byte within the try's limit
};

// How bad it is. Of the checks only TimedOut is Poor: a wrong status is the member's own word that it should not be
// asked. Of the outcomes Slow and ServerError are: who answers 500 is alive, and the next member may answer it too.
enum class Severity : std::uint8_t { Fine, Poor, Dead };

[[nodiscard]] Severity severity_of(CheckResult result);
[[nodiscard]] Severity severity_of(OutcomeKind kind);

// For sentences: "refused the connection", "answered the check with a wrong status".
[[nodiscard]] std::string_view in_words(CheckResult result);
[[nodiscard]] std::string_view in_words(OutcomeKind kind);

}  // namespace stead::core::health
