// Network interfaces and their addresses, asked of the kernel and changed there (rtnetlink, over libmnl).
//
// Every request is answered before the call returns: the kernel does so at once, without waiting for anything. Nothing
// here allocates once it is open, but what returns a string or a list. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/ip_address.h"

namespace stead::net {

struct Interface {
  std::uint32_t index = 0;
  std::string name;
  std::array<std::uint8_t, 6> mac{};
  bool up = false;       // by the operator
  bool carrier = false;  // somebody is at the other end of the cable
};

struct InterfaceAddress {
  std::uint32_t interface = 0;
  IpAddress address;
  std::uint8_t prefix_length = 0;
  std::uint32_t lifetime_s = 0;  // left; kForever
  bool tentative = false;        // IPv6: may turn out to be a duplicate, and cannot be used yet
};

class Interfaces {
 public:
  static constexpr std::uint32_t kForever = 0xffffffff;

  [[nodiscard]] static Result<Interfaces> open();

  // nullopt in the result's place: there is none.
  [[nodiscard]] Result<Interface> find(const std::string& name);
  [[nodiscard]] Result<Interface> find(std::uint32_t index);
  // Calls `use` for every address of every interface, or of one.
  using UseAddress = std::function<void(const InterfaceAddress&)>;
  [[nodiscard]] Result<> each_address(const UseAddress& use);

  // Adds it, or gives it another lifetime where it is there already. After `lifetime_s` seconds, 1 at least, the kernel
  // itself takes it away. IPv6: without waiting for whether somebody else has it.
  [[nodiscard]] Result<> put_address(std::uint32_t interface, const IpAddress& address, std::uint32_t lifetime_s);
  // That it was not there is no error.
  [[nodiscard]] Result<> remove_address(std::uint32_t interface, const IpAddress& address);

  // Readable when a link or an address has changed; drain() then, which says so once.
  [[nodiscard]] int monitor_fd() const;
  void drain();

 private:
  struct Close {
    void operator()(void* socket) const;
  };
  using Socket = std::unique_ptr<void, Close>;

  Interfaces(Socket requests, Socket monitor) : requests_(std::move(requests)), monitor_(std::move(monitor)) {}
  [[nodiscard]] Result<Interface> ask_link(std::uint32_t index, const std::string& name);

  Socket requests_;
  Socket monitor_;
  std::uint32_t sequence_ = 0;
};

}  // namespace stead::net
