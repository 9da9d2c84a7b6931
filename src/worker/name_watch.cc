#include "worker/name_watch.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace stead::worker {

using Tcp = boost::asio::ip::tcp;

NameWatch::NameWatch(boost::asio::io_context& loop, Ask ask, Hooks hooks)
    : ask_(std::move(ask)), hooks_(std::move(hooks)), timer_(loop) {}

void NameWatch::watch(std::set<std::string> hosts) {
  std::erase_if(names_, [&](const auto& entry) { return !hosts.contains(entry.first); });
  for (const std::string& host : hosts) names_.try_emplace(host);
  ask_all();
  arm();
}

void NameWatch::remember(const std::map<std::string, config::AddressText>& addresses) {
  for (const auto& [host, address] : addresses) {
    const auto name = names_.find(host);
    if (name == names_.end() || !name->second.address.empty()) continue;
    name->second.address = address;
    name->second.settled = true;
  }
}

bool NameWatch::settled(const std::string& host) const {
  const auto name = names_.find(host);
  return name != names_.end() && name->second.settled;
}

config::AddressText NameWatch::address_of(const std::string& host) const {
  const auto name = names_.find(host);
  return name == names_.end() ? config::AddressText() : name->second.address;
}

std::map<std::string, config::AddressText> NameWatch::addresses() const {
  std::map<std::string, config::AddressText> known;
  for (const auto& [host, name] : names_) {
    if (!name.address.empty()) known.emplace(host, name.address);
  }
  return known;
}

void NameWatch::ask_all() {
  for (auto& [host, name] : names_) {
    if (std::exchange(name.asked, true)) continue;
    ask_(host, [this, host](const Result<Addresses>& addresses) { on_answer(host, addresses); });
  }
}

void NameWatch::on_answer(const std::string& host, const Result<Addresses>& addresses) {
  const auto found = names_.find(host);
  if (found == names_.end()) return;  // gone with a reload
  Name& name = found->second;
  name.asked = false;
  const bool first = !std::exchange(name.settled, true);
  if (!addresses || addresses->empty()) {
    complain_about(host, name, addresses ? "it has no address" : addresses.error().message);
    if (first) hooks_.changed();
    return;
  }
  name.complained = false;
  if (std::find(addresses->begin(), addresses->end(), name.address) != addresses->end()) return;
  name.address = addresses->front();
  hooks_.changed();
}

void NameWatch::complain_about(const std::string& host, Name& name, const std::string& why) {
  if (std::exchange(name.complained, true)) return;
  hooks_.complain(name.address.empty()
                      ? "members on `" + host + "` get nothing until its name is known: " + why
                      : "the name `" + host + "` is not answered; its last address " + name.address + " stays: " + why);
}

void NameWatch::arm() {
  if (names_.empty()) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    ask_all();
    arm();
  });
}

NameWatch::Ask ask_system(boost::asio::io_context& loop) {
  auto resolver = std::make_shared<Tcp::resolver>(loop);
  return [resolver](const std::string& host, NameWatch::Answer answer) {
    resolver->async_resolve(host, "",
                            [answer = std::move(answer)](const boost::system::error_code& error,
                                                         const Tcp::resolver::results_type& results) {
                              if (error) return answer(failure(error.message()));
                              NameWatch::Addresses addresses;
                              for (const auto& entry : results)
                                addresses.push_back(entry.endpoint().address().to_string());
                              answer(std::move(addresses));
                            });
  };
}

}  // namespace stead::worker
