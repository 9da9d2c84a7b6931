// What a data loop holds for each client connection (Downstream), each connection to a member (Upstream), and each
// request under way (Exchange). Plain records: the Engine (engine.h) is what moves them. All belong to one loop.
//
//   Downstream ──1:0..1── Exchange ──1:0..2── Upstream      two upstreams only while a second member is asked (hedging)
//
// An idle Downstream is this record and its slot in the ledger: no buffer, no Exchange.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/time.h"
#include "net/timer_wheel.h"
#include "service/http/blocks.h"
#include "service/http/ledger.h"
#include "service/http/pipes.h"
#include "service/http/plan.h"
#include "wire/http1/chunked_decoder.h"
#include "wire/http1/message.h"
#include "wire/http1/request_parser.h"

namespace stead::service::http {

struct Exchange;
struct LoopPlan;
struct MemberRuntime;
struct PoolRuntime;

// What an epoll event or a timer belongs to. The timer is the base, so that the wheel's Timer& leads back here.
struct Source : net::Timer {
  enum class Kind : std::uint8_t { Mailbox, Listener, Downstream, Upstream };
  explicit Source(Kind source_kind) : kind(source_kind) {}

  int fd = -1;
  std::uint32_t last_read = 0;  // bytes that the last look at a connection brought
  Kind kind;
  bool registered = false;  // with the poller
  bool readable = true;     // the kernel has not said since that there is nothing
  bool writable = true;
  bool peer_closed = false;  // its FIN arrived, perhaps behind bytes not yet read
  bool broken = false;       // reset, or both directions are gone
  bool closed = false;       // by us in this turn; freed at its end, since later events may still name it
};

struct Downstream : Source {
  enum class State : std::uint8_t {
    Reading,    // between requests, or a head is arriving
    Busy,       // has an exchange
    Lingering,  // the last answer is sent; what still arrives is read and thrown away, so that no reset overtakes it
  };

  Downstream() : Source(Kind::Downstream) {}

  State state = State::Reading;
  bool in_ready_list = false;
  bool dismissed = false;   // asked to come again: its next answer is the last on this connection
  bool head_begun = false;  // a part of a head is there: the head's deadline runs
  std::uint32_t slot = kNoSlot;
  std::uint32_t lingered = 0;  // bytes thrown away
  ListenerId listener = 0;
  Exchange* exchange = nullptr;
  std::unique_ptr<wire::http1::RequestParser> partial;  // only while a head arrives in pieces
  Downstream* previous = nullptr;                       // the loop's list of all clients
  Downstream* next = nullptr;
};

struct Upstream : Source {
  enum class State : std::uint8_t { Connecting, Idle, Busy };

  explicit Upstream(MemberRuntime& of) : Source(Kind::Upstream), member(&of) {}

  State state = State::Connecting;
  bool reused = false;             // the request under way is not this connection's first
  bool request_sent = false;       // all of it was taken by the kernel
  bool answer_begun = false;       // at least one byte arrived
  bool warned_slow = false;        // its try limit passed and was reported
  bool waiting_for_reset = false;  // closed by the member; whether it had our request depends on what comes next
  std::uint32_t candidate = 0;     // index into the pool's members at the time of the choice
  MemberRuntime* member;
  Exchange* exchange = nullptr;
  Instant started{};          // connect or send began
  Duration connect_time{-1};  // -1 ns: not connected for this request
  Instant idle_since{};
  std::uint64_t bytes_before = 0;  // sent on this connection before the request under way
  std::uint64_t bytes_sent = 0;
  Pending out;   // of the request, not yet taken by the socket
  Pending head;  // of an answer's head that arrives in pieces
};

// One direction's body: what is still to come from its source.
struct BodyReader {
  wire::http1::Framing framing = wire::http1::Framing::None;
  bool done = true;
  std::uint64_t remaining = 0;  // Framing::Length
  wire::http1::ChunkedDecoder decoder;
};

// A request under way, from the end of its head to the end of its answer.
struct Exchange {
  Downstream* client = nullptr;
  LoopPlan* plan = nullptr;  // counted
  PoolRuntime* pool = nullptr;
  std::array<Upstream*, 2> tries{};
  Exchange* previous_queued = nullptr;
  Exchange* next_queued = nullptr;

  Instant began{};  // first byte of the request seen
  Instant queued_until{};
  Duration connect_time{-1};
  Duration first_byte{-1};
  std::uint64_t request_id = 0;
  std::uint64_t tried = 0;     // bit i: candidate i failed or was asked
  std::uint64_t forgiven = 0;  // of these, who may be asked again after the next choice

  wire::http1::Method method = wire::http1::Method::Get;
  wire::http1::Framing request_framing = wire::http1::Framing::None;
  bool http10 = false;
  bool keep_alive = true;        // the client's connection, after this
  bool expect_continue = false;  // and no 100 was sent yet
  bool queued = false;
  bool was_queued = false;
  bool hedged = false;
  bool replayable = false;        // all of the request is in the page
  bool body_moved = false;        // some of a body that is not replayable has left the page
  bool page_replaced = false;     // the page holds the next request already, not this one
  bool bad_body = false;          // what came with the head is not in the chunked coding
  bool request_given_up = false;  // the member answered and stopped reading
  bool fresh_only = false;        // a kept connection failed: the next try makes its own
  bool answer_begun = false;      // something was sent to the client
  bool answer_chunked = false;    // coded so for the client
  bool upstream_keep_alive = false;
  std::uint8_t try_count = 0;
  std::uint16_t status = 0;
  std::uint16_t interim_answers = 0;
  std::uint32_t head_size = 0;
  std::uint32_t page_body = 0;      // bytes of the body that are in the page behind the head
  wire::http1::Piece method_token;  // for the access record
  wire::http1::Piece authority;
  wire::http1::Piece target;

  BodyReader request;           // what the client has still to send, beyond the page
  BodyReader response;          // what the member has still to send
  Pending to_client;            // of the answer, not yet taken by the client's socket
  std::unique_ptr<Pipe> pipe;   // behind to_client, while the body moves through it
  int unacknowledged = -1;      // bytes that the client's kernel had not acknowledged at the last look; -1: no look yet
  std::uint64_t bytes_in = 0;   // of the request's body
  std::uint64_t bytes_out = 0;  // of the answer's body
  MemberRuntime* answered_by = nullptr;
  bool reused = false;
};

}  // namespace stead::service::http
