// The kinds of mistakes that a file can hold, each with a stable code. People search for codes and tools match them, so
// a code is never reused for something else; one that is retired stays out of use.
//
// The table is the only place that names them: diagnostics take their "why" from it, and the reference lists it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace stead::config {

enum class Code : std::uint8_t {
  Syntax,
  KeyTwice,
  UnknownKey,
  UnknownSection,
  WrongType,
  MissingKey,
  OutOfRange,
  BadQuantity,
  BadChoice,
  BadName,
  Exclusive,
  NothingServed,
  BadAddress,
  BadPort,
  UnknownListener,
  ListenerOverlap,
  OutsideSubnet,
  SharedAddress,
  ListenerTwice,
  BadHost,
  HostTwice,
  BadRouteKey,
  UnknownPool,
  NoTarget,
  BadRedirect,
  NoRoute,
  BodyNotAllowed,
  EmptyPool,
  MemberTwice,
  UnknownNode,
  NoWeight,
  BadCheckPath,
  BadStatusRange,
  TimersContradict,
  UnusedPool,
  UnresolvedName,
  NoDetection,
  OnlyBackups,
  BadVip,
  RouterIdTwice,
  LonelyVip,
  BadSecret,
  BadTrack,
  UnknownTrack,
  UnusedTrack,
  MulticastVip,
  BadWitness,
  BlindVip,
};

struct CodeInfo {
  Code code;
  std::string_view id;     // "E0101"; warnings begin with W
  std::string_view title;  // for the list in the reference
  std::string_view why;  // one sentence: why it matters; shown with each diagnostic that has nothing more exact to say
};

[[nodiscard]] std::span<const CodeInfo> all_codes();
[[nodiscard]] const CodeInfo& info(Code code);

}  // namespace stead::config
