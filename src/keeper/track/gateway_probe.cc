// An address that must answer pings. Each look is one request with a number of its own, so that an answer to an earlier
// one is not taken for an answer to this one; and it has a socket of its own, since one that nobody reads between two
// looks would be full of answers to other programs' pings when ours comes.
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <utility>

#include "keeper/track/probe.h"
#include "net/echo_socket.h"
#include "wire/icmp/echo.h"

namespace stead::keeper::track {
namespace {

using core::track::Finding;

// So many replies to others are passed over at once; those that come after wake us again.
constexpr int kRepliesAtOnce = 64;

bool is_shortage(int code) {
  return code == ENOBUFS || code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE;
}

class GatewayProbe : public Probe {
 public:
  explicit GatewayProbe(const std::string& gateway) : gateway_(IpAddress::parse(gateway).value()) {
    // Without it we would be known by guessable numbers only, which whoever can forge a source can guess as well.
    [[maybe_unused]] const ssize_t size = getrandom(&secret_, sizeof(secret_), GRND_NONBLOCK);
  }

  std::optional<Found> start() override {
    Result<net::EchoSocket> socket = net::EchoSocket::open(gateway_.family());
    if (!socket) return unknown(socket.error());
    expected_ = {.identifier = static_cast<std::uint16_t>(secret_),
                 .sequence = static_cast<std::uint16_t>(expected_.sequence + 1),
                 .token = secret_ + ++looks_};
    const Result<> sent = socket->send(gateway_, wire::icmp::request(gateway_.family(), expected_));
    if (sent) {
      socket_ = std::move(*socket);
      return std::nullopt;
    }
    const int code = sent.error().code;
    // EPERM: a firewall of this machine. That is somebody's mistake, and no news of the gateway.
    if (is_shortage(code) || code == EPERM || code == EACCES) return unknown(sent.error());
    return Found{.finding = Finding::Bad, .why = sent.error().message};
  }

  int fd() const override { return socket_ ? socket_->fd() : -1; }

  std::optional<Found> handle_readable() override {
    std::array<std::uint8_t, 256> buffer{};
    for (int i = 0; i < kRepliesAtOnce && socket_; ++i) {
      const std::optional<net::EchoSocket::Received> reply = socket_->receive(buffer);
      if (!reply) break;
      if (reply->source != gateway_ || !wire::icmp::is_reply(gateway_.family(), reply->bytes, expected_)) continue;
      socket_.reset();
      return Found{.finding = Finding::Good};
    }
    return std::nullopt;
  }

  void abandon() override { socket_.reset(); }

  std::string silence() const override { return "no answer from " + gateway_.to_text(); }

 private:
  static Found unknown(const Error& error) {
    return {.finding = Finding::Unknown, .why = error.message, .hopeless = !is_shortage(error.code)};
  }

  IpAddress gateway_;
  std::uint64_t secret_ = 0;
  std::uint64_t looks_ = 0;
  wire::icmp::Echo expected_;
  std::optional<net::EchoSocket> socket_;  // while a look is under way
};

}  // namespace

std::unique_ptr<Probe> make_gateway_probe(const config::Track& track) {
  return std::make_unique<GatewayProbe>(track.gateway);
}

}  // namespace stead::keeper::track
