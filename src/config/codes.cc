#include "config/codes.h"

#include <cstddef>

namespace stead::config {
namespace {

// In the order of the enumeration, which codes_test.cc checks.
constexpr CodeInfo kCodes[] = {
    {Code::Syntax, "E0001", "not TOML", "nothing can be read from a line that is not TOML"},
    {Code::KeyTwice, "E0002", "the same key twice", "which of the two is meant cannot be told"},
    {Code::UnknownKey, "E0101", "unknown key",
     "a key that is not known would have no effect, and you would believe that it had"},
    {Code::UnknownSection, "E0102", "unknown section",
     "a section that is not known would have no effect, and you would believe that it had"},
    {Code::WrongType, "E0103", "wrong type", "what a value of another type means could only be guessed"},
    {Code::MissingKey, "E0104", "missing key", "there is no default that would be right for everyone"},
    {Code::OutOfRange, "E0105", "value out of range", "outside this range Stead would not work as promised"},
    {Code::BadQuantity, "E0106", "quantity without a unit",
     "10 could be seconds or milliseconds; a timer that is a thousand times off is found out during an outage"},
    {Code::BadChoice, "E0107", "not one of the choices", "only the words listed mean something here"},
    {Code::BadName, "E0108", "bad name",
     "names appear in commands, metrics and logs, so they are made of letters, digits, '-', '_' and '.'"},
    {Code::Exclusive, "E0109", "keys that exclude each other", "only one of them can be done"},
    {Code::NothingServed, "E0110", "file that serves nothing", "Stead would run and answer no one"},
    {Code::BadAddress, "E0201", "not an address", "Stead could neither bind nor reach it"},
    {Code::BadPort, "E0202", "bad or missing port", "a connection needs a port, from 1 to 65535"},
    {Code::UnknownListener, "E0203", "unknown listener",
     "the site could not be reached at an address that no one owns"},
    {Code::ListenerOverlap, "E0204", "listeners that exclude each other",
     "the kernel gives a port of an address to one socket only, so one of the two could not be bound"},
    {Code::OutsideSubnet, "E0205", "address outside its subnet",
     "packets for an address outside the node's network would not arrive there"},
    {Code::SharedAddress, "E0206", "two nodes with one address",
     "a node finds itself by its address, so no two can have the same"},
    {Code::ListenerTwice, "E0207", "a listener twice in one site",
     "it is bound once anyway, so the second was probably meant to be another"},
    {Code::BadHost, "E0301", "bad host", "a request would never carry such a name, so the site would never answer"},
    {Code::HostTwice, "E0302", "one host in two places",
     "a request for this name could go to either, depending on the order in the file"},
    {Code::BadRouteKey, "E0303", "bad route", "no request could ever match it"},
    {Code::UnknownPool, "E0304", "no such pool", "every request that matches this route would be answered with 503"},
    {Code::NoTarget, "E0305", "route that leads nowhere", "a request that matches must go somewhere"},
    {Code::BadRedirect, "E0306", "bad redirect", "browsers would not follow it"},
    {Code::NoRoute, "E0307", "site without a route", "it would answer every request with 404"},
    {Code::BodyNotAllowed, "E0308", "body that cannot be sent", "an answer with this status has no body (RFC 9110)"},
    {Code::EmptyPool, "E0401", "pool without members", "every request to it would be answered with 503"},
    {Code::MemberTwice, "E0402", "a member twice in one pool",
     "it would get twice the load, and would look like redundancy that is not there"},
    {Code::UnknownNode, "E0403", "no such node", "the member could never be reached"},
    {Code::NoWeight, "E0404", "pool in which no member has weight", "a member with weight 0 takes no requests"},
    {Code::BadCheckPath, "E0405", "bad path of a check",
     "every check would fail, and Stead would believe that no member is alive"},
    {Code::BadStatusRange, "E0406", "bad range of statuses",
     "every check would fail, and Stead would believe that no member is alive"},
    {Code::TimersContradict, "E0501", "timers that contradict each other", "the longer of the two could never matter"},
    {Code::UnusedPool, "W0601", "pool that no route uses", "its members are checked but never get a request"},
    {Code::UnresolvedName, "W0602", "name that cannot be resolved",
     "the member takes no requests until it can; everything else works"},
    {Code::NoDetection, "W0603", "pool in which no one looks for dead members",
     "a dead member goes on getting its share of requests, each of which costs a retry"},
    {Code::OnlyBackups, "W0604", "pool of backups only",
     "a backup is used while no other member can be, so these will be used always"},
    {Code::BadVip, "E0701", "virtual address that cannot work",
     "no node could own it, or the others would not learn of it"},
    {Code::RouterIdTwice, "E0702", "two groups with one router id",
     "each would take the other's adverts for its own, so one of the two would have no owner"},
    {Code::LonelyVip, "W0605", "virtual address with one node", "when that node fails, nobody takes the address over"},
    {Code::BadSecret, "E0703", "secret that cannot be used",
     "adverts could not be signed or checked with it, so each node would believe that it is the only one"},
    {Code::BadTrack, "E0704", "track that cannot work", "it could never tell good from bad"},
    {Code::UnknownTrack, "E0705", "no such track", "the address would not depend on what you believe it does"},
    {Code::UnusedTrack, "W0606", "track that no vip uses", "nobody looks, and nothing happens when it is bad"},
    {Code::MulticastVip, "W0607", "adverts by multicast where a command moves the address",
     "most networks that know nothing of ARP pass no multicast either, and then each node believes that it is alone"},
    {Code::BadWitness, "E0706", "witness that cannot tell", "nobody else could say which of two nodes is still alive"},
    {Code::BlindVip, "W0608", "virtual address whose nodes cannot tell a dead node from a dead link",
     "when its nodes are alive and do not hear each other, each believes that the other is dead, and all of them own "
     "it"},
};

}  // namespace

std::span<const CodeInfo> all_codes() { return kCodes; }

const CodeInfo& info(Code code) { return kCodes[static_cast<std::size_t>(code)]; }

}  // namespace stead::config
