#include "core/health/outcome.h"

namespace stead::core::health {

// The checks of an overrun member are late; everything else is a member that isn't there, or says that it is unwell.
Severity severity_of(CheckResult result) {
  switch (result) {
    case CheckResult::Passed:
      return Severity::Fine;
    case CheckResult::TimedOut:
      return Severity::Poor;
    case CheckResult::NoAddress:
    case CheckResult::Refused:
    case CheckResult::ConnectTimeout:
    case CheckResult::Closed:
    case CheckResult::WrongStatus:
    case CheckResult::WrongBody:
    case CheckResult::Malformed:
      return Severity::Dead;
  }
  return Severity::Dead;
}

// No default in these switches: a new kind must be judged here before the compiler is content.
Severity severity_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::Ok:
      return Severity::Fine;
    case OutcomeKind::ServerError:
    case OutcomeKind::Slow:
      return Severity::Poor;
    case OutcomeKind::ConnectRefused:
    case OutcomeKind::ConnectTimeout:
    case OutcomeKind::Reset:
    case OutcomeKind::BadResponse:
      return Severity::Dead;
  }
  return Severity::Dead;
}

// Verbs in the past, after the member's name: "app-1:8000 refused the check's connection". The operator who reads one
// at night should know where to look, so they say what was seen and not what it may mean.
std::string_view in_words(CheckResult result) {
  switch (result) {
    case CheckResult::Passed:
      return "passed the check";
    case CheckResult::NoAddress:
      return "cannot be checked: its name has no address";
    case CheckResult::Refused:
      return "refused the check's connection";
    case CheckResult::ConnectTimeout:
      return "did not accept the check's connection in time";
    case CheckResult::Closed:
      return "closed the check's connection before its answer";
    case CheckResult::TimedOut:
      return "did not answer the check in time";
    case CheckResult::WrongStatus:
      return "answered the check with a wrong status";
    case CheckResult::WrongBody:
      return "answered the check without the expected text";
    case CheckResult::Malformed:
      return "answered the check with something that is not HTTP";
  }
  return "failed the check";
}

std::string_view in_words(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::Ok:
      return "answered";
    case OutcomeKind::ServerError:
      return "answered with a server error";
    case OutcomeKind::ConnectRefused:
      return "refused the connection";
    case OutcomeKind::ConnectTimeout:
      return "did not accept the connection in time";
    case OutcomeKind::Reset:
      return "closed the connection before the end of its answer";
    case OutcomeKind::BadResponse:
      return "answered with something that is not HTTP";
    case OutcomeKind::Slow:
      return "was slow to answer";
  }
  return "failed";
}

}  // namespace stead::core::health
