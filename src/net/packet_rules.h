// The kernel's packet filter, spoken to in nft's own language (libnftables). For rules of ours in tables of ours: a
// table with `flags owner` belongs to this object, nobody else can change it, and it goes with the object or the
// process.
//
// One thread.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"

struct nft_ctx;

namespace stead::net {

class PacketRules {
 public:
  // Needs CAP_NET_ADMIN.
  [[nodiscard]] static Result<PacketRules> open();

  // All of the commands take effect, or none. A matter of milliseconds.
  [[nodiscard]] Result<> run(const std::string& commands);
  // Whether run() would succeed: the kernel is asked, and nothing changes.
  [[nodiscard]] Result<> rehearse(const std::string& commands);

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  explicit PacketRules(std::unique_ptr<nft_ctx, Free> context) : context_(std::move(context)) {}

  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace stead::net
