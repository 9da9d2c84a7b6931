// Keeps an eye on the members that are written as host names: asks the resolver at the start, at each reload and every
// half minute, and says when an address has changed.
//
// The last good answer counts: a resolver that is down, or a name that vanishes for a moment, takes no member away. A
// member keeps its address as long as it is among those that its name has, however the resolver shuffles them. A name
// that never had an answer costs its member only, and is complained about once.
//
// On the control loop; the questions are asked on a thread of Asio's, since the system's resolver may take many
// seconds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/model.h"

namespace stead::worker {

class NameWatch {
 public:
  static constexpr std::chrono::seconds kInterval{30};

  using Addresses = std::vector<config::AddressText>;
  using Answer = std::function<void(Result<Addresses>)>;
  // Asks for a name's addresses, in the order of preference; answers later, on the loop. Injected, so that a test is
  // the resolver.
  using Ask = std::function<void(const std::string& host, Answer answer)>;
  struct Hooks {
    std::function<void()> changed;  // an address has changed, or a name has got its first answer
    std::function<void(const std::string& message)> complain;
  };

  NameWatch(boost::asio::io_context& loop, Ask ask, Hooks hooks);

  // The names of interest from now on; asks for all of them.
  void watch(std::set<std::string> hosts);
  // What an earlier worker knew; for names without an answer of our own.
  void remember(const std::map<std::string, config::AddressText>& addresses);

  // Whether the name has had an answer, be it that there is none; until then, nothing can be said of it.
  [[nodiscard]] bool settled(const std::string& host) const;
  // Empty: none is known.
  [[nodiscard]] config::AddressText address_of(const std::string& host) const;
  [[nodiscard]] std::map<std::string, config::AddressText> addresses() const;

 private:
  struct Name {
    config::AddressText address;
    bool asked = false;  // a question is under way
    bool settled = false;
    bool complained = false;
  };

  void ask_all();
  void on_answer(const std::string& host, const Result<Addresses>& addresses);
  void complain_about(const std::string& host, Name& name, const std::string& why);
  void arm();

  const Ask ask_;
  const Hooks hooks_;
  std::map<std::string, Name> names_;
  boost::asio::steady_timer timer_;
};

// Asks the system. `loop` must run for answers to come.
[[nodiscard]] NameWatch::Ask ask_system(boost::asio::io_context& loop);

}  // namespace stead::worker
