#include "admin/counters.h"

namespace stead::admin {

namespace {

using service::http::LoopStats;
using service::http::MemberStats;

constexpr std::array<CounterInfo<LoopStats>, kLoopCounters> kLoop{{
    {"accepted", "stead_client_connections_accepted_total", "", "Client connections accepted.", false,
     &LoopStats::accepted},
    {"adopted", "stead_client_connections_adopted_total", "", "Client connections taken over from an earlier worker.",
     false, &LoopStats::adopted},
    {"handed_over", "stead_client_connections_handed_over_total", "", "Client connections given to a successor.", false,
     &LoopStats::handed_over},
    {"accept_pauses", "stead_accept_pauses_total", "",
     "Times that clients were left waiting for want of worker.max-connections or of descriptors.", false,
     &LoopStats::accept_pauses},
    {"connections", "stead_client_connections", "", "Client connections open now.", true, &LoopStats::connections},
    {"requests", "stead_requests_total", "", "Requests received.", false, &LoopStats::requests},
    {"responses_1xx_3xx", "stead_responses_total", "class=\"1xx-3xx\"", "Answers sent to clients, by class of status.",
     false, &LoopStats::responses_1xx_3xx},
    {"responses_4xx", "stead_responses_total", "class=\"4xx\"", "", false, &LoopStats::responses_4xx},
    {"responses_5xx", "stead_responses_total", "class=\"5xx\"", "", false, &LoopStats::responses_5xx},
    {"own_4xx", "stead_own_responses_total", "class=\"4xx\"", "Of the answers, those that Stead gave itself.", false,
     &LoopStats::own_4xx},
    {"own_5xx", "stead_own_responses_total", "class=\"5xx\"", "", false, &LoopStats::own_5xx},
    {"bad_requests", "stead_bad_requests_total", "", "Requests refused because they were malformed or ambiguous.",
     false, &LoopStats::bad_requests},
    {"retries", "stead_retries_total", "", "Requests sent once more, to another member or on a fresh connection.",
     false, &LoopStats::retries},
    {"retry_budget_exhausted", "stead_retry_budget_exhausted_total", "",
     "Retries not made because the pool's retry budget was used up.", false, &LoopStats::retry_budget_exhausted},
    {"hedges", "stead_hedges_total", "", "Second members asked while the first was still awaited.", false,
     &LoopStats::hedges},
    {"hedges_won", "stead_hedges_won_total", "", "Of these, those that answered first.", false, &LoopStats::hedges_won},
    {"replayed", "stead_replayed_requests_total", "", "Requests of a dead worker sent again by its successor.", false,
     &LoopStats::replayed},
    {"queued", "stead_queued_requests_total", "", "Requests that waited for a member.", false, &LoopStats::queued},
    {"queue_full", "stead_queue_full_total", "", "Requests refused because the pool's queue was full.", false,
     &LoopStats::queue_full},
    {"queue_timeouts", "stead_queue_timeouts_total", "", "Requests that waited for a member until their deadline.",
     false, &LoopStats::queue_timeouts},
    {"queue_length", "stead_queue_length", "", "Requests waiting for a member now.", true, &LoopStats::queue_length},
    {"client_aborts", "stead_client_aborts_total", "", "Clients that went away before their answer's end.", false,
     &LoopStats::client_aborts},
    {"timeouts_head", "stead_client_timeouts_total", "phase=\"head\"",
     "Clients that took too long, by what they were to send.", false, &LoopStats::timeouts_head},
    {"timeouts_body", "stead_client_timeouts_total", "phase=\"body\"", "", false, &LoopStats::timeouts_body},
    {"timeouts_idle", "stead_client_timeouts_total", "phase=\"idle\"", "", false, &LoopStats::timeouts_idle},
    {"bytes_in", "stead_client_bytes_received_total", "", "Bytes received from clients.", false, &LoopStats::bytes_in},
    {"bytes_out", "stead_client_bytes_sent_total", "", "Bytes sent to clients.", false, &LoopStats::bytes_out},
    {"log_dropped", "stead_access_log_dropped_total", "", "Requests not logged because the log did not keep up.", false,
     &LoopStats::log_dropped},
    {"stalls", "stead_loop_stalls_total", "", "Turns of the data loop that took longer than they may.", false,
     &LoopStats::stalls},
}};

constexpr std::array<CounterInfo<MemberStats>, kMemberCounters> kMember{{
    {"requests", "stead_member_requests_total", "", "Requests sent to the member, retries included.", false,
     &MemberStats::requests},
    {"responses", "stead_member_responses_total", "", "Answers of the member whose head arrived.", false,
     &MemberStats::responses},
    {"responses_5xx", "stead_member_responses_5xx_total", "", "Of these, those with a status of 500 or above.", false,
     &MemberStats::responses_5xx},
    {"connect_failures", "stead_member_failures_total", "kind=\"connect\"", "What went wrong with the member, by kind.",
     false, &MemberStats::connect_failures},
    {"resets", "stead_member_failures_total", "kind=\"reset\"", "", false, &MemberStats::resets},
    {"timeouts", "stead_member_failures_total", "kind=\"timeout\"", "", false, &MemberStats::timeouts},
    {"bad_responses", "stead_member_failures_total", "kind=\"bad-response\"", "", false, &MemberStats::bad_responses},
    {"stale", "stead_member_stale_connections_total", "",
     "Kept connections that the member had closed when they were to be used again.", false, &MemberStats::stale},
    {"connections", "stead_member_connections", "", "Connections to the member open now, in use or idle.", true,
     &MemberStats::connections},
    {"active", "stead_member_active_requests", "", "Requests at the member now.", true, &MemberStats::active},
}};

}  // namespace

std::span<const CounterInfo<LoopStats>, kLoopCounters> loop_counters() { return kLoop; }
std::span<const CounterInfo<MemberStats>, kMemberCounters> member_counters() { return kMember; }

}  // namespace stead::admin
