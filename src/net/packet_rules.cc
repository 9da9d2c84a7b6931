#include "net/packet_rules.h"

#include <nftables/libnftables.h>

#include <string_view>

namespace stead::net {
namespace {

// The first line says what is wrong; the others show where in the text.
std::string first_line(std::string_view text) {
  if (text.starts_with("Error: ")) text.remove_prefix(7);
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void PacketRules::Free::operator()(nft_ctx* context) const { nft_ctx_free(context); }

Result<PacketRules> PacketRules::open() {
  std::unique_ptr<nft_ctx, Free> context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context) return failure("the packet filter cannot be spoken to");
  if (nft_ctx_buffer_output(context.get()) != 0 || nft_ctx_buffer_error(context.get()) != 0) {
    return failure("no memory for the packet filter's answers");
  }
  return PacketRules(std::move(context));
}

Result<> PacketRules::run(const std::string& commands) {
  if (nft_run_cmd_from_buffer(context_.get(), commands.c_str()) == 0) return {};
  const char* error = nft_ctx_get_error_buffer(context_.get());
  return failure("the packet filter refuses: " + first_line(error == nullptr ? "" : error));
}

Result<> PacketRules::rehearse(const std::string& commands) {
  nft_ctx_set_dry_run(context_.get(), true);
  Result<> outcome = run(commands);
  nft_ctx_set_dry_run(context_.get(), false);
  return outcome;
}

}  // namespace stead::net
