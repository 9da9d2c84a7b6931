#include "config/predict.h"

#include <algorithm>

#include "core/health/rules.h"
#include "core/vrrp/spread.h"
#include "core/vrrp/voter.h"

namespace stead::config {
namespace {

// Two checks may lie further apart than their interval.
Duration stretched(Duration interval) {
  return Duration{
      static_cast<Duration::rep>(static_cast<double>(interval.count()) * (1.0 + core::health::kCheckJitter))};
}

}  // namespace

// The worst moment to die is right after a check that succeeded: the next comes after `every`. From the first failure
// on the faster interval holds.
Duration time_to_notice_refusal(const Check& check) {
  if (check.kind == CheckKind::None) return {};
  return stretched(check.every) + (check.fall - 1) * stretched(check.every_fast);
}

// A check that runs into its timeout holds up the next, where that would have been due.
Duration time_to_notice_silence(const Check& check) {
  if (check.kind == CheckKind::None) return {};
  return stretched(check.every) + check.timeout +
         (check.fall - 1) * std::max(stretched(check.every_fast), check.timeout);
}

Duration time_to_return(const Check& check) {
  if (check.kind == CheckKind::None) return {};
  return stretched(check.every) + (check.rise - 1) * stretched(check.every_fast);
}

// RFC 9568 section 6.1: three adverts and a skew, which is shorter the higher the priority; version 2 counts it in
// seconds.
Duration time_to_take_over(const Vip& vip) {
  std::vector<VipNode> nodes = vip.nodes;
  std::ranges::stable_sort(nodes, std::ranges::greater{}, &VipNode::priority);
  const int next = nodes.size() > 1 ? nodes[1].priority : 1;
  const int priority = vip.spread ? core::vrrp::Spread::kHeir : next;
  const Duration whole = vip.version == 2 ? Duration(1s) : vip.advert;
  const Duration patience = 3 * vip.advert + whole * (256 - priority) / 256;
  if (vip.witness.empty()) return patience;
  // Nor before votes that the owner had are free again.
  return std::max(patience, core::vrrp::Voter::held_for(vip.advert));
}

}  // namespace stead::config
